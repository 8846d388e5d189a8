import Records
package import Traffic

/// What a shortcut audit takes from a model, one at a time.
package enum AuditedField: String, Sendable, CaseIterable {
  case ipID = "ip_id"
  case ttl, lengths, ports, checksums
  case tcpSequence = "tcp_sequence"
  case tcpWindow = "tcp_window"
  case tcpOptions = "tcp_options"
  /// All bytes behind the header of the transport layer.
  case payload
  /// The lengths of the packets on the wire; those in headers stay.
  case sizes
  /// The gaps between packets, and the time-based features of the flow.
  case timing

  private var masked: InputContract.MaskedField? { InputContract.MaskedField(rawValue: rawValue) }

  /// The flow without the field: zeros in its place, sizes of 0, gaps of 0.
  package func masked(in flow: ObservedFlow) -> ObservedFlow {
    var flow = flow
    switch self {
    case .sizes: for index in flow.packets.indices { flow.packets[index].ipLength = 0 }
    case .timing:
      flow.timeFeatures = []
      for index in flow.packets.indices { flow.packets[index].time = flow.packets[0].time }
    default: flow.hide(masked.map { [$0] } ?? [], payload: self == .payload)
    }
    return flow
  }

  /// The flow with another flow's field, packet by packet, from its beginning again where the other has fewer packets.
  /// Of a field longer than the other's the rest is zeros; what lies behind it stays where it is.
  package func replaced(in flow: ObservedFlow, by other: ObservedFlow) -> ObservedFlow {
    var result = masked(in: flow)
    guard !other.packets.isEmpty else { return result }
    if self == .timing { result.timeFeatures = other.timeFeatures }
    for index in flow.packets.indices {
      let place = index % other.packets.count
      switch self {
      case .sizes: result.packets[index].ipLength = other.packets[place].ipLength
      case .timing:
        guard index > 0, place > 0 else { continue }
        let gap = other.packets[place].time.nanoseconds.subtractingReportingOverflow(
          other.packets[place - 1].time.nanoseconds)
        let time = result.packets[index - 1].time.nanoseconds.addingReportingOverflow(
          gap.overflow ? 0 : gap.partialValue)
        result.packets[index].time = CaptureTime(nanoseconds: time.overflow ? .max : time.partialValue)
      default: copy(from: other, place, to: &result, index)
      }
    }
    if self == .timing { result.packets = Self.inOrder(result.packets) }
    return result
  }

  /// Where the other's gaps ended, later packets stand at the first one's time: they follow the one before at once.
  private static func inOrder(_ packets: [KeptPacket]) -> [KeptPacket] {
    var packets = packets
    for index in packets.indices.dropFirst() where packets[index].time < packets[index - 1].time {
      packets[index].time = packets[index - 1].time
    }
    return packets
  }

  private func copy(from other: ObservedFlow, _ place: Int, to flow: inout ObservedFlow, _ index: Int) {
    for (target, source) in zip(ranges(of: flow.packets[index], in: flow), ranges(of: other.packets[place], in: other))
    {
      for (target, source) in zip(target, source) { flow.bytes[target] = other.bytes[source] }
    }
  }

  /// Where the field lies in the flow's bytes.
  private func ranges(of packet: KeptPacket, in flow: ObservedFlow) -> [Range<Int>] {
    let kept = packet.byteRange.clamped(to: 0..<flow.bytes.count)
    let inPacket =
      masked.map { FieldMask([$0]).ranges(of: packet, in: flow) }
      ?? [min(packet.payloadOffset, kept.count)..<kept.count]
    return inPacket.map { range in
      let range = range.clamped(to: 0..<kept.count)
      return kept.lowerBound + range.lowerBound..<kept.lowerBound + range.upperBound
    }
  }
}
