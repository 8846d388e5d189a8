import Evidence
import Records

/// What a line of a label table says of a flow.
struct FlowLabel {
  /// How the line names its flow.
  enum Key: Hashable {
    case ends(FlowLabelEnds)
    case communityID(String)
    case flowUID(String)
  }

  var key: Key
  var label: String
  /// IP protocol where the line says it.
  var proto: UInt8?
  /// When the flow began, nanoseconds since 1970.
  var start: Int64?
  /// The capture as the table names it; `nil` for any.
  var path: String?
  /// What never stands on both sides of a split, where the line says it.
  var laboratory: String?, group: String?
  /// Of the table, from 0, and of the line in it, from 1.
  var table: Int, line: Int
}

/// The two ends of a flow, whichever began it.
struct FlowLabelEnds: Hashable {
  private let lower: Endpoint, upper: Endpoint

  init(_ a: Endpoint, _ b: Endpoint) {
    let isAscending = a.address == b.address ? a.port <= b.port : a.address < b.address
    (lower, upper) = isAscending ? (a, b) : (b, a)
  }
}

/// A line of a label table that says nothing of a flow.
package struct UnreadableLabel: Error, Equatable, Sendable {
  package var table: String
  package var line: Int
  package var reason: String
}
