import Records
import Traffic

/// Where the fields that a contract can mask lie in a packet.
enum FieldMask {
  /// Ranges of bytes, counted from the IP header, that `fields` cover. They may reach beyond the kept bytes.
  static func ranges(
    _ fields: Set<InputContract.MaskedField>, of packet: KeptPacket, in flow: borrowing ObservedFlow
  ) -> [Range<Int>] {
    let kept = packet.byteRange.clamped(to: 0..<flow.bytes.count)
    guard !kept.isEmpty else { return [] }
    let version = flow.bytes[kept.lowerBound] >> 4
    let isTCP = flow.record.proto == .tcp
    // An offset beyond the largest IP packet is a false one; clamping keeps the sums below from overflowing.
    let transport = min(max(packet.transportOffset, 0), 1 << 20)
    let payload = min(max(packet.payloadOffset, 0), 1 << 20)
    return fields.flatMap { field -> [Range<Int>] in
      networkRanges(field, version: version)
        + (isTCP ? tcpRanges(field, headerEnd: payload - transport) : udpRanges(field)).map {
          $0.lowerBound + transport..<$0.upperBound + transport
        }
    }
  }

  private static func networkRanges(_ field: InputContract.MaskedField, version: UInt8) -> [Range<Int>] {
    switch (field, version) {
    case (.ipID, 4): [4..<6]
    case (.ipID, 6): [1..<4]
    case (.ttl, 4): [8..<9]
    case (.ttl, 6): [7..<8]
    case (.lengths, 4): [2..<4]
    case (.lengths, 6): [4..<6]
    case (.checksums, 4): [10..<12]
    default: []
    }
  }

  /// RFC 9293, section 3.1.
  private static func tcpRanges(_ field: InputContract.MaskedField, headerEnd: Int) -> [Range<Int>] {
    switch field {
    case .ports: [0..<4]
    case .tcpSequence: [4..<12]
    case .tcpWindow: [14..<16]
    case .checksums: [16..<18]
    case .tcpOptions: headerEnd > 20 ? [20..<headerEnd] : []
    case .ipID, .ttl, .lengths: []
    }
  }

  /// RFC 768.
  private static func udpRanges(_ field: InputContract.MaskedField) -> [Range<Int>] {
    switch field {
    case .ports: [0..<4]
    case .lengths: [4..<6]
    case .checksums: [6..<8]
    case .ipID, .ttl, .tcpSequence, .tcpWindow, .tcpOptions: []
    }
  }
}
