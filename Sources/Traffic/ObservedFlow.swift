package import Records

/// A packet kept from the beginning of a flow. Its bytes start at the innermost IP header.
///
/// Kept by the million, so its numbers are stored as narrow as they can be: 32 bytes a packet.
package struct KeptPacket: Sendable, Equatable {
  package var time: CaptureTime
  private var start: UInt32, count: UInt32, wireLength: UInt32
  private var transport: UInt16, payload: UInt16
  package var isFromOriginator: Bool

  /// IP bytes of the packet on the wire, of which `byteRange` may hold only the first.
  package var ipLength: Int {
    get { Int(wireLength) }
    set { wireLength = UInt32(clamping: newValue) }
  }
  /// Where the kept bytes lie in `ObservedFlow.bytes`.
  package var byteRange: Range<Int> {
    get { Int(start)..<Int(start) + Int(count) }
    set { (start, count) = (UInt32(clamping: newValue.lowerBound), UInt32(clamping: newValue.count)) }
  }
  /// Length of the IP header with its options or extension headers: where the transport header begins.
  package var transportOffset: Int {
    get { Int(transport) }
    set { transport = UInt16(clamping: newValue) }
  }
  /// Where the payload of the transport layer begins, counted from the IP header.
  package var payloadOffset: Int {
    get { Int(payload) }
    set { payload = UInt16(clamping: newValue) }
  }

  /// Numbers out of range are clamped to it: lengths to 32 bits, offsets in the packet to 16.
  package init(
    time: CaptureTime, isFromOriginator: Bool, ipLength: Int, byteRange: Range<Int>, transportOffset: Int,
    payloadOffset: Int
  ) {
    self.time = time
    self.isFromOriginator = isFromOriginator
    wireLength = UInt32(clamping: ipLength)
    start = UInt32(clamping: byteRange.lowerBound)
    count = UInt32(clamping: byteRange.count)
    transport = UInt16(clamping: transportOffset)
    payload = UInt16(clamping: payloadOffset)
  }
}

/// A finished flow with what was kept of its first packets: the input of every model.
package struct ObservedFlow: Sendable, Equatable {
  package var record: FlowRecord
  package var packets: [KeptPacket]
  /// The kept bytes of all packets, one after the other.
  package var bytes: [UInt8]
  /// The time-based features of the whole flow, in the order of `FlowTimeStatistics.names`; empty where the plan did not
  /// want them.
  package var timeFeatures: [Double]
  /// All packets of the flow, in the order in which they joined it; empty where the plan did not want them.
  package var packetNumbers: [PacketNumber] = []

  package init(record: FlowRecord, packets: [KeptPacket], bytes: [UInt8], timeFeatures: [Double] = []) {
    self.record = record
    self.packets = packets
    self.bytes = bytes
    self.timeFeatures = timeFeatures
  }
}
