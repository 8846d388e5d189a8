import Foundation
import Learning
import Records
import Testing
import Traffic

@Suite struct PacketEncoderTests {
  private func contract(
    packets: Int = 1, bytes: Int, _ change: (inout InputContract) -> Void = { _ in }
  ) -> InputContract {
    var contract = InputContract(packets: packets, bytesPerPacket: bytes)
    change(&contract)
    return contract
  }

  /// The first packet's bytes, read back from its values.
  private func bytes(_ flow: ObservedFlow, _ contract: InputContract) -> [Int] {
    PacketEncoder(contract).encode(flow).prefix(contract.bytesPerPacket).map { Int(($0 * 255).rounded()) }
  }

  /// 20 bytes of IPv4, 24 of TCP with an option, and a payload of 0xaa; every byte its own offset otherwise.
  private let tcp: [UInt8] = [0x45] + (1..<44).map { UInt8($0) } + [0xaa, 0xaa]
  private let udp6: [UInt8] = [0x60] + (1..<48).map { UInt8($0) } + [0xbb]

  @Test func `IPv4 addresses are deleted`() {
    let flow = SampleFlows.flow([tcp], payload: 44)
    #expect(bytes(flow, contract(bytes: 14)) == [0x45, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 21])
    let whole = bytes(flow, contract(bytes: 60))
    #expect(whole[34..<38] == [42, 43, 0xaa, 0xaa])
    #expect(whole[38...].allSatisfy { $0 == 0 })
  }

  @Test func `IPv6 addresses are deleted and extension headers kept`() {
    let flow = SampleFlows.flow([udp6], proto: .udp, transport: 40, payload: 48)
    #expect(bytes(flow, contract(bytes: 18)) == [0x60, 1, 2, 3, 4, 5, 6, 7, 40, 41, 42, 43, 44, 45, 46, 47, 0xbb, 0])
  }

  @Test func `payload only`() {
    let flow = SampleFlows.flow([tcp], payload: 44)
    #expect(bytes(flow, contract(bytes: 3) { $0.scope = .l7 }) == [0xaa, 0xaa, 0])
  }

  @Test func `bits come most significant first`() {
    let flow = SampleFlows.flow([[0x45, 0b1010_0001]])
    let values = PacketEncoder(contract(bytes: 3) { $0.encoding = .bits }).encode(flow)
    #expect(values == [0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [
    (InputContract.MaskedField.ipID, [4, 5]), (.ttl, [8]), (.lengths, [2, 3]), (.ports, [20, 21, 22, 23]),
    (.checksums, [10, 11, 36, 37]), (.tcpSequence, [24, 25, 26, 27, 28, 29, 30, 31]), (.tcpWindow, [34, 35]),
    (.tcpOptions, [40, 41, 42, 43]),
  ]) func `masked fields of IPv4 and TCP`(field: InputContract.MaskedField, offsets: [Int]) {
    let flow = SampleFlows.flow([tcp], payload: 44)
    let plain = bytes(flow, contract(bytes: 38))
    let masked = bytes(flow, contract(bytes: 38) { $0.maskedFields = [field] })
    let places = offsets.map { $0 < 12 ? $0 : $0 - 8 }
    #expect(plain.indices.filter { plain[$0] != masked[$0] } == places)
    #expect(places.allSatisfy { masked[$0] == 0 })
  }

  @Test(arguments: [
    (InputContract.MaskedField.ipID, [1, 2, 3]), (.ttl, [7]), (.lengths, [4, 5, 44, 45]), (.ports, [40, 41, 42, 43]),
    (.checksums, [46, 47]), (.tcpSequence, []), (.tcpWindow, []), (.tcpOptions, []),
  ]) func `masked fields of IPv6 and UDP`(field: InputContract.MaskedField, offsets: [Int]) {
    let flow = SampleFlows.flow([udp6], proto: .udp, transport: 40, payload: 48)
    let plain = bytes(flow, contract(bytes: 17))
    let masked = bytes(flow, contract(bytes: 17) { $0.maskedFields = [field] })
    #expect(plain.indices.filter { plain[$0] != masked[$0] } == offsets.map { $0 < 8 ? $0 : $0 - 32 })
  }

  @Test func `channels follow the bytes in the contract's order`() {
    let contract = contract(packets: 3, bytes: 1) { $0.channels = [.length, .direction, .gap] }
    var flow = SampleFlows.flow([[0], [0]], times: [100, 1_099])
    flow.packets[0].ipLength = 750
    flow.packets[1].ipLength = 65_535
    let values = PacketEncoder(contract).encode(flow)
    #expect(Array(values[0..<4]) == [0, 0.5, 1, 0])
    #expect(Array(values[4..<7]) == [0, 2, -1])
    #expect((values[7] - Float(log(1000) / log1p(1e8))).magnitude < 1e-6)
    #expect(values[8...].allSatisfy { $0 == 0 })
  }

  @Test func `steps rise with lengths and gaps, and lengths carry the direction`() {
    let contract = contract(packets: 3, bytes: 0) { $0.channels = [.lengthSteps, .gapSteps] }
    #expect(contract.valuesPerPacket == 32)
    var flow = SampleFlows.flow([[0x45], [0x45], [0x45]], times: [0, 10, 2000])
    flow.packets[0].ipLength = 39
    flow.packets[1].ipLength = 90
    flow.packets[1].isFromOriginator = false
    flow.packets[2].ipLength = 1_000_000
    flow.packets[2].isFromOriginator = true
    let values = PacketEncoder(contract).encode(flow)
    func row(_ packet: Int) -> [Float] { Array(values[packet * 32..<(packet + 1) * 32]) }
    func steps(_ count: Int, _ value: Float) -> [Float] {
      [Float](repeating: value, count: count) + [Float](repeating: 0, count: 16 - count)
    }
    #expect(row(0) == steps(0, 0) + steps(0, 0), "shorter than the first step, and no packet before")
    #expect(row(1) == steps(4, -1) + steps(1, 1), "90 bytes of the responder, 10 microseconds later")
    #expect(row(2) == steps(16, 1) + steps(6, 1), "beyond all lengths, 1,990 microseconds later")
    #expect(ChannelSteps.lengths == ChannelSteps.lengths.sorted())
    #expect(ChannelSteps.gapsMicroseconds == ChannelSteps.gapsMicroseconds.sorted())
  }

  @Test func `gaps beyond all bounds and backwards`() {
    let encoder = PacketEncoder(contract(packets: 2, bytes: 0) { $0.channels = [.gap] })
    var flow = SampleFlows.flow([[], []])
    for (times, expected) in [((Int64.min, Int64.max), Float(1)), ((.max, .min), 0), ((5, 4), 0), ((0, 1 << 60), 1)] {
      flow.packets[0].time = CaptureTime(nanoseconds: times.0)
      flow.packets[1].time = CaptureTime(nanoseconds: times.1)
      #expect(encoder.encode(flow) == [0, expected])
    }
  }

  @Test func `whatever a packet claims, nothing traps and absent bytes are zeros`() {
    let hostile = [Int.min, -1, 0, 1, 11, 13, 19, 39, 45, 1 << 40, Int.max]
    for version in [0x45, 0x65, 0x15] as [UInt8] {
      for length in [0, 1, 9, 15, 30] {
        var flow = SampleFlows.flow([[version] + [UInt8](repeating: 7, count: length)])
        for transport in hostile {
          for payload in hostile {
            flow.packets[0].transportOffset = transport
            flow.packets[0].payloadOffset = payload
            flow.packets[0].ipLength = transport
            for scope in InputContract.Scope.allCases {
              let contract = contract(bytes: 50) {
                $0.scope = scope
                $0.maskedFields = Set(InputContract.MaskedField.allCases)
                $0.channels = InputContract.Channel.allCases
              }
              let values = PacketEncoder(contract).encode(flow)
              #expect(values[(length + 1)..<50].allSatisfy { $0 == 0 })
              #expect(values.allSatisfy { $0.magnitude <= 2 })
            }
          }
        }
        flow.packets[0].byteRange = 3..<10_000
        #expect(PacketEncoder(contract(bytes: 50)).encode(flow).count == 50)
        flow.packets[0].byteRange = -5..<2
        #expect(PacketEncoder(contract(bytes: 50)).encode(flow).count == 50)
      }
    }
  }
}
