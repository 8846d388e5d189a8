package import Records

/// A packet kept from the beginning of a flow. Its bytes start at the innermost IP header.
package struct KeptPacket: Sendable, Equatable {
  package var time: CaptureTime
  package var isFromOriginator: Bool
  /// IP bytes of the packet on the wire, of which `byteRange` may hold only the first.
  package var ipLength: Int
  /// Where the kept bytes lie in `ObservedFlow.bytes`.
  package var byteRange: Range<Int>
  /// Length of the IP header with its options or extension headers: where the transport header begins.
  package var transportOffset: Int
  /// Where the payload of the transport layer begins, counted from the IP header.
  package var payloadOffset: Int

  package init(
    time: CaptureTime, isFromOriginator: Bool, ipLength: Int, byteRange: Range<Int>, transportOffset: Int,
    payloadOffset: Int
  ) {
    self.time = time
    self.isFromOriginator = isFromOriginator
    self.ipLength = ipLength
    self.byteRange = byteRange
    self.transportOffset = transportOffset
    self.payloadOffset = payloadOffset
  }
}

/// A finished flow with what was kept of its first packets: the input of every model.
package struct ObservedFlow: Sendable, Equatable {
  package var record: FlowRecord
  package var packets: [KeptPacket]
  /// The kept bytes of all packets, one after the other.
  package var bytes: [UInt8]

  package init(record: FlowRecord, packets: [KeptPacket], bytes: [UInt8]) {
    self.record = record
    self.packets = packets
    self.bytes = bytes
  }
}
