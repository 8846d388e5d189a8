import Records
import Traffic

extension ObservedFlow {
  /// What a case keeps of the flow for models to come.
  var input: FlowInput {
    FlowInput(
      packets: packets.map { packet in
        FlowInput.Packet(
          time: packet.time, isFromOriginator: packet.isFromOriginator, ipLength: packet.ipLength,
          transportOffset: packet.transportOffset, payloadOffset: packet.payloadOffset,
          bytes: Array(bytes[packet.byteRange]))
      }, timeFeatures: timeFeatures)
  }

  /// The flow as models see it, from what a case kept.
  init(record: FlowRecord, input: FlowInput) {
    var packets: [KeptPacket] = []
    var bytes: [UInt8] = []
    for packet in input.packets {
      packets.append(
        KeptPacket(
          time: packet.time, isFromOriginator: packet.isFromOriginator, ipLength: packet.ipLength,
          byteRange: bytes.count..<bytes.count + packet.bytes.count, transportOffset: packet.transportOffset,
          payloadOffset: packet.payloadOffset))
      bytes += packet.bytes
    }
    self.init(record: record, packets: packets, bytes: bytes, timeFeatures: input.timeFeatures)
  }
}
