import Records
package import Traffic

/// Flows of no application at all: sound headers, and payload, sizes and times drawn by chance.
///
/// A model that has seen none calls them whatever their headers are like. As flows of a class of their own they teach that headers alone
/// say nothing.
package enum NonsenseFlows {
  /// - Parameters:
  ///   - count: how many. - seed: the same seed gives the same flows.
  package static func make(_ count: Int, seed: UInt64) -> [ObservedFlow] {
    var generator = SeededGenerator(seed: seed)
    return (0..<max(0, count)).map { _ in flow(&generator) }
  }

  private static let ttls = [32, 48, 52, 57, 60, 63, 64, 64, 113, 118, 126, 127, 128, 128, 240, 255]
  private static let ports = [
    21, 22, 25, 53, 80, 110, 123, 143, 443, 443, 554, 993, 1194, 3389, 5060, 5222, 6881, 8080,
  ]

  private static func flow(_ generator: inout SeededGenerator) -> ObservedFlow {
    let isTCP = generator.below(2) == 0, count = 1 + generator.below(24)
    let wellKnown = generator.below(3) > 0
    let port = wellKnown ? ports[generator.below(ports.count)] : 1024 + generator.below(64_000)
    let ends = (
      orig: Endpoint(address: IPAddress(v4: 0x0a00_0001), port: UInt16(1024 + generator.below(64_000))),
      resp: Endpoint(address: IPAddress(v4: 0xc000_0201), port: UInt16(port))
    )
    let ttls = (orig: Self.ttls[generator.below(16)], resp: Self.ttls[generator.below(16)])
    let windows = (orig: generator.below(65_536), resp: generator.below(65_536))
    let scale = 1 + generator.below(1400)
    // Microseconds between packets, on average: from 0.1 ms to 10 s.
    let pace = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000][generator.below(6)]
    let hasOptions = generator.below(2) == 0
    var packets: [KeptPacket] = [], bytes: [UInt8] = [], time: Int64 = 1_600_000_000_000_000_000
    var sequence = (
      orig: UInt32(truncatingIfNeeded: generator.next()), resp: UInt32(truncatingIfNeeded: generator.next())
    )
    for index in 0..<count {
      let isHandshake = isTCP && index < 3
      let isSent = isHandshake ? index != 1 : generator.below(2) == 0
      let payload = isHandshake ? 0 : 1 + generator.below(scale)
      let transport = isTCP ? (hasOptions ? 32 : 20) : 8
      let length = 20 + transport + payload
      time += index == 0 ? 0 : Int64(generator.below(2 * pace) + 1) * 1000
      let start = bytes.count
      bytes += ipHeader(length, ttl: isSent ? ttls.orig : ttls.resp, isTCP: isTCP, isSent: isSent, ends, &generator)
      let (from, to) = isSent ? (ends.orig.port, ends.resp.port) : (ends.resp.port, ends.orig.port)
      bytes += big(from) + big(to)
      if isTCP {
        let flags: UInt8 = isHandshake ? [0x02, 0x12, 0x10][index] : 0x18
        bytes += big(isSent ? sequence.orig : sequence.resp) + big(isSent ? sequence.resp : sequence.orig)
        bytes += [UInt8(transport / 4) << 4, flags] + big(UInt16(isSent ? windows.orig : windows.resp)) + [0, 0, 0, 0]
        if hasOptions {
          bytes += [1, 1, 8, 10] + big(UInt32(truncatingIfNeeded: generator.next())) + big(UInt32(0))
        }
        if isSent { sequence.orig &+= UInt32(payload) } else { sequence.resp &+= UInt32(payload) }
      } else {
        bytes += big(UInt16(8 + payload)) + big(UInt16(truncatingIfNeeded: generator.next()))
      }
      for _ in 0..<min(payload, 64) { bytes.append(UInt8(truncatingIfNeeded: generator.next())) }
      packets.append(
        KeptPacket(
          time: CaptureTime(nanoseconds: time), isFromOriginator: isSent, ipLength: length,
          byteRange: start..<bytes.count, transportOffset: 20, payloadOffset: 20 + transport))
    }
    let nowhere = PacketPosition(number: 0, streamOffset: 0)
    var record = FlowRecord(
      start: packets[0].time, end: CaptureTime(nanoseconds: time), proto: isTCP ? .tcp : .udp, originator: ends.orig,
      responder: ends.resp, endReason: .endOfCapture, firstPacket: nowhere, lastPacket: nowhere)
    for packet in packets {
      if packet.isFromOriginator {
        record.sent = DirectionCounters(
          packets: record.sent.packets + 1, ipBytes: record.sent.ipBytes + packet.ipLength)
      } else {
        record.answered = DirectionCounters(
          packets: record.answered.packets + 1, ipBytes: record.answered.ipBytes + packet.ipLength)
      }
    }
    return ObservedFlow(record: record, packets: packets, bytes: bytes)
  }

  private static func ipHeader(
    _ length: Int, ttl: Int, isTCP: Bool, isSent: Bool, _ ends: (orig: Endpoint, resp: Endpoint),
    _ generator: inout SeededGenerator
  ) -> [UInt8] {
    let addresses: [UInt8] = isSent ? [10, 0, 0, 1, 192, 0, 2, 1] : [192, 0, 2, 1, 10, 0, 0, 1]
    return [0x45, 0] + big(UInt16(length)) + big(UInt16(truncatingIfNeeded: generator.next())) + [0x40, 0]
      + [UInt8(ttl), isTCP ? 6 : 17, 0, 0] + addresses
  }

  private static func big<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
