/// How the packets of several flows lie as rows of one matrix: the first packets of all flows, then all second
/// packets, and so on, flows with more packets first.
///
/// The flows that have a packet t are then the first ones, and their rows follow each other: each step of the
/// recurrence is one product over adjoining rows, and no row stands for a packet that is not there.
package struct PackedRows: Sendable, Equatable {
  /// Places of the flows in the caller's list, most packets first; equal ones stay in the caller's order.
  package let order: [Int]
  /// Packets of each flow, in this order.
  package let lengths: [Int]
  /// How many flows have a packet t.
  package let active: [Int]
  /// Row of the first flow's packet t; one more entry with the number of rows.
  package let offsets: [Int]

  /// - Parameter counts: packets of each flow in the caller's list.
  package init(counts: [Int]) {
    let longest = counts.max() ?? 0
    order = counts.indices.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    lengths = order.map { counts[$0] }
    var active = [Int](repeating: 0, count: longest)
    for count in counts { for step in 0..<count { active[step] += 1 } }
    self.active = active
    offsets = active.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
  }

  package var steps: Int { active.count }
  package var rows: Int { offsets.last ?? 0 }

  /// Row of packet `step` of the flow at `rank` in `order`.
  package func row(_ rank: Int, _ step: Int) -> Int { offsets[step] + rank }

  /// Rows of packet `step`, of the first `count` flows.
  func range(_ step: Int, count: Int) -> Range<Int> { offsets[step]..<offsets[step] + count }
}
