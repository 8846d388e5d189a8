import Foundation

/// A capture as its records, so that a test can cut it as a rotating writer would.
struct Recording {
  var header: [UInt8]
  var records: [[UInt8]]

  /// A classic pcap in this machine's byte order with 16-byte record headers.
  init(pcap bytes: [UInt8]) {
    header = Array(bytes.prefix(24))
    records = []
    var offset = 24
    while offset + 16 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[offset + 8 + $1]) << (8 * $1) }
      records.append(Array(bytes[offset..<min(offset + 16 + length, bytes.count)]))
      offset += 16 + length
    }
  }

  /// A made-up recording: UDP exchanges and TCP connections that overlap, with a silence longer than the idle timeout.
  static func synthetic(packets: Int = 400, start: UInt32 = 1_700_000_000, linkType: UInt32 = 1) -> Recording {
    var recording = Recording(pcap: [])
    recording.header = word(0xa1b2_c3d4) + [2, 0, 4, 0] + word(0) + word(0) + word(65_535) + word(linkType)
    var microseconds = UInt64(start) * 1_000_000
    for index in 0..<packets {
      microseconds += index == packets / 2 ? 200_000_000 : 150_000 + UInt64(index * 7919 % 97) * 1000
      let port = UInt16(40_000 + index * 31 % 23)
      let isAnswer = index % 3 == 2
      let isTCP = index % 5 == 0
      let flags: UInt8 = index < 60 ? 0x02 : index % 35 == 0 ? 0x11 : 0x18
      let frame = frame(port: port, isAnswer: isAnswer, isTCP: isTCP, flags: flags, linkType: linkType)
      recording.append(frame, microseconds: microseconds)
    }
    return recording
  }

  mutating func append(_ frame: [UInt8], microseconds: UInt64) {
    let times =
      Self.word(UInt32(truncatingIfNeeded: microseconds / 1_000_000)) + Self.word(UInt32(microseconds % 1_000_000))
    records.append(times + Self.word(UInt32(frame.count)) + Self.word(UInt32(frame.count)) + frame)
  }

  private static func frame(port: UInt16, isAnswer: Bool, isTCP: Bool, flags: UInt8, linkType: UInt32) -> [UInt8] {
    let (source, destination): (UInt16, UInt16) = isAnswer ? (8080, port) : (port, 8080)
    let ends: [UInt8] = isAnswer ? [192, 0, 2, 2, 192, 0, 2, 1] : [192, 0, 2, 1, 192, 0, 2, 2]
    let transport =
      isTCP
      ? big(source) + big(destination) + [0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 1, 0, 0, 0, 0, 0]
      : big(source) + big(destination) + big(12) + [0, 0, 1, 2, 3, 4]
    let ip: [UInt8] = [0x45, 0] + big(UInt16(20 + transport.count)) + [0, 7, 0, 0, 64, isTCP ? 6 : 17, 0, 0] + ends
    return (linkType == 1 ? [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0] : []) + ip + transport
  }

  private static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }

  var pcap: [UInt8] { header + records.joined() }

  /// The records of a range as a capture of their own.
  func piece(_ range: Range<Int>) -> [UInt8] { header + records[range].joined() }

  /// Captures of `count` records each.
  func pieces(of count: Int) -> [[UInt8]] {
    stride(from: 0, to: records.count, by: count).map { piece($0..<min($0 + count, records.count)) }
  }
}
