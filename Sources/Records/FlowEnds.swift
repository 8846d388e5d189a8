/// The five-tuple of a flow, whoever of the two ends began it.
package struct FlowEnds: Sendable, Hashable {
  private let lower: Endpoint, upper: Endpoint
  private let proto: String

  /// - Parameter proto: the protocol's name as in a case.
  package init(_ a: Endpoint, _ b: Endpoint, proto: String) {
    let isAscending = a.address == b.address ? a.port <= b.port : a.address < b.address
    (lower, upper) = isAscending ? (a, b) : (b, a)
    self.proto = proto
  }
}
