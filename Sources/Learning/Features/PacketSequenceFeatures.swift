import Records
package import Traffic

/// Sizes of a flow's first packets and the gaps between them, as features of a tree.
package struct PacketSequenceFeatures: Sendable, Equatable {
  /// Packets of a flow that count.
  package let packets: Int

  /// - Parameter packets: 1 to 256.
  package init(packets: Int) { self.packets = min(max(packets, 1), 256) }

  /// `size_1` ... `size_N`, then `gap_2` ... `gap_N`.
  package var features: [Feature] {
    (1...packets).map { Feature("size_\($0)") } + (1...packets).dropFirst().map { Feature("gap_\($0)") }
  }

  /// The values of a flow, in the order of `features`.
  ///
  /// A size is the length of the IP packet on the wire in bytes, negative when the responder sent it. A gap is the time
  /// since the flow's packet before in microseconds, at least 0. Both are missing (NaN) where the flow has no such packet.
  package func values(of flow: ObservedFlow) -> [Float] {
    let kept = flow.packets.prefix(packets)
    var sizes = [Float](repeating: .nan, count: packets)
    var gaps = [Float](repeating: .nan, count: packets - 1)
    for (index, packet) in kept.enumerated() {
      sizes[index] = Float(packet.isFromOriginator ? packet.ipLength : -packet.ipLength)
      guard index > 0 else { continue }
      let (gap, overflows) = packet.time.nanoseconds.subtractingReportingOverflow(kept[index - 1].time.nanoseconds)
      // Beyond 292 years the sign tells which of the two times was the later one.
      gaps[index - 1] = Float(max(Double(overflows ? (gap < 0 ? .max : 0) : gap), 0) / 1000)
    }
    return sizes + gaps
  }
}
