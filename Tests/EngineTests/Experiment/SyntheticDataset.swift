import Learning
import Records
import Traffic

extension Dataset {
  /// Flows of four classes, two of them in a VPN, told apart by their bytes; six captures a class.
  static func synthetic(flowsPerClass: Int = 30) -> Dataset {
    let labels = ["Chat", "File", "Vpn_Chat", "Vpn_File"]
    var examples: [Example] = []
    for label in labels.indices {
      for index in 0..<flowsPerClass {
        // Some are name service, so that leaving it out has something to leave out.
        let service: Service? = index % 10 == 0 ? .dns : nil
        let bytes = (0..<24).map { UInt8(truncatingIfNeeded: $0 * (label + 1) * 9 + index * 7 % 5) }
        examples.append(
          Example(
            flow: flow(bytes, service: service, start: index), label: label, group: "capture\(label)-\(index % 6)"))
      }
    }
    return Dataset(labels: labels, examples: examples)
  }

  private static func flow(_ bytes: [UInt8], service: Service?, start: Int) -> ObservedFlow {
    let time = CaptureTime(nanoseconds: Int64(start) * 1_000_000_000)
    let position = PacketPosition(number: 1, streamOffset: 24)
    var record = FlowRecord(
      start: time, end: time, proto: .udp, originator: Endpoint(address: IPAddress(v4: 0x0a00_0001), port: 40_000),
      responder: Endpoint(address: IPAddress(v4: 0x0a00_0002), port: 443), endReason: .idle,
      firstPacket: position, lastPacket: position)
    record.service = service
    record.sent = DirectionCounters(packets: 2, ipBytes: 96)
    let packets = (0..<2).map { index in
      KeptPacket(
        time: time, isFromOriginator: index == 0, ipLength: 48, byteRange: 0..<bytes.count, transportOffset: 0,
        payloadOffset: 0)
    }
    return ObservedFlow(record: record, packets: packets, bytes: bytes)
  }
}
