import Learning
import Records
import Traffic

/// Flows made for tests, without a capture.
enum SampleFlows {
  static func record(_ proto: IPProtocol = .tcp, ports: (UInt16, UInt16) = (50_000, 443)) -> FlowRecord {
    FlowRecord(
      start: CaptureTime(nanoseconds: 0), end: CaptureTime(nanoseconds: 1), proto: proto,
      originator: Endpoint(address: IPAddress(v4: 0x0a00_0001), port: ports.0),
      responder: Endpoint(address: IPAddress(v4: 0x0a00_0002), port: ports.1), endReason: .idle,
      firstPacket: PacketPosition(number: 1, streamOffset: 24), lastPacket: PacketPosition(number: 2, streamOffset: 99))
  }

  /// A flow of packets with these bytes; times are in microseconds.
  static func flow(
    _ packets: [[UInt8]], proto: IPProtocol = .tcp, times: [Int64] = [], transport: Int = 20, payload: Int = 40
  ) -> ObservedFlow {
    var bytes: [UInt8] = []
    var kept: [KeptPacket] = []
    for (index, packet) in packets.enumerated() {
      let start = bytes.count
      bytes += packet
      let time = times.indices.contains(index) ? times[index] : Int64(index) * 1000
      kept.append(
        KeptPacket(
          time: CaptureTime(nanoseconds: time * 1000), isFromOriginator: index % 2 == 0, ipLength: packet.count,
          byteRange: start..<bytes.count, transportOffset: transport, payloadOffset: payload))
    }
    return ObservedFlow(record: record(proto), packets: kept, bytes: bytes)
  }

  /// `count` bytes of a plausible IPv4 TCP packet.
  static func packet(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    return count == 0 ? [] : [0x45] + bytes.dropFirst()
  }

  /// Flows of 1 to 14 packets of 0 to `longest` bytes, most of them short.
  static func random(_ count: Int, seed: UInt64, longest: Int = 300) -> [ObservedFlow] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let packets = min(1 + generator.below(14), 1 + generator.below(14))
      return flow(
        (0..<packets).map { _ in
          packet(min(generator.below(longest + 1), generator.below(longest + 1)), &generator)
        }, times: (0..<packets).map { Int64($0 * generator.below(100_000)) })
    }
  }

  /// A model with drawn weights.
  static func model(
    _ contract: InputContract, dimensions: Dimensions = Dimensions(), shape: NetworkShape? = nil, labels: Int = 5,
    seed: UInt64 = 7, loss: LossKind = .costSensitive, scale: Float = 0.2
  ) throws -> FrozenModel {
    var generator = SeededGenerator(seed: seed)
    let description = ModelDescription(
      labels: (0..<labels).map { "label \($0)" }, contract: contract,
      shape: shape ?? .attentionLSTM(dimensions), loss: loss)
    var tensors: [String: Tensor] = [:]
    for entry in description.layout.entries {
      let count = entry.shape.reduce(1, *)
      tensors[entry.name] = Tensor(
        shape: entry.shape, values: (0..<count).map { _ in (generator.unit() * 2 - 1) * scale })
    }
    return try FrozenModel(description, tensors: tensors)
  }

  /// Classes that are told apart by the bytes and the number of their packets: `count` flows of each.
  static func learnable(classes: Int, count: Int, groups: Int = 4, seed: UInt64) -> Dataset {
    var generator = SeededGenerator(seed: seed)
    var examples: [Example] = []
    for label in 0..<classes {
      for index in 0..<count {
        let packets = 1 + (label + generator.below(2)) % 4
        let flow = flow(
          (0..<packets).map { _ in
            var bytes = packet(40 + generator.below(8), &generator)
            for place in 20..<28 { bytes[place] = UInt8(17 * (label + 1)) }
            return bytes
          })
        examples.append(Example(flow: flow, label: label, group: "\(label)-\(index % groups)"))
      }
    }
    return Dataset(labels: (0..<classes).map { "class \($0)" }, examples: examples)
  }
}
