import Foundation
import Records
package import Traffic

/// What trees beside a network see of a flow: the header fields of its first packets, each in a column of its own whatever the lengths
/// of the headers before it, sums over these packets, and the words of the names it asks for.
///
/// Never seen: addresses, identification, checksums, sequence numbers, the originator's port, and what the contract masks. Of a packet
/// the columns are direction (with the length), length, gap, type of service, fragment flags, time to live, protocol, 20 bytes of the
/// transport header, 20 of its options, and the first of the payload. A packet that is not there has -2 in all of them, a
/// byte of payload that is not there -1.
package struct FieldFeatures: FlowFeatureSource, Equatable {
  /// Bytes of the payload of a packet.
  static let payloadBytes = 32
  private static let leading = 7, fixedBytes = 20, optionBytes = 20
  /// Columns of a packet.
  static let width = leading + fixedBytes + optionBytes + payloadBytes
  private static let leadingNames = ["signed_length", "length", "gap", "tos", "fragment", "ttl", "proto"]
  private static let sumNames = [
    "packets", "packets_sent", "packets_answered", "bytes_sent", "bytes_answered", "largest", "gap_largest", "gap_sum",
    "size_deviation",
  ]

  private let packets: Int
  /// Bytes of a packet that count, from the IP header on: what the contract has kept, however much more was.
  private let bytesPerPacket: Int
  private let masked: Set<InputContract.MaskedField>
  private let hidesPorts: Bool
  /// Places of the vocabulary's words.
  private let places: [String: Int]
  package let vocabulary: [String]

  /// - Parameter vocabulary: the words that have a column each; at most ``NameWords/limit``.
  /// - Returns: `nil` for a contract of features.
  package init?(_ contract: InputContract, vocabulary: [String]) {
    guard contract.features == nil, contract.scope == .all else { return nil }
    packets = contract.packets
    bytesPerPacket = contract.keepPlan.bytesPerPacket
    masked = contract.maskedFields
    hidesPorts = contract.maskedFields.contains(.ports)
    self.vocabulary = vocabulary
    places = Dictionary(vocabulary.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package var features: [Feature] {
    var names: [String] = []
    for packet in 1...packets {
      names += Self.leadingNames.map { "\($0)_\(packet)" }
      for (field, bytes) in [
        ("transport", Self.fixedBytes), ("option", Self.optionBytes), ("payload", Self.payloadBytes),
      ] {
        for place in 1...bytes { names.append("\(field)_\(packet)_\(place)") }
      }
    }
    names += Self.sumNames
    names += vocabulary.map { "name_\($0)" }
    names.append("has_name")
    return names.map { Feature($0) }
  }

  /// The packet, from 0, whose columns hold a feature; `nil` for what is of the whole flow.
  package func packet(of feature: Int) -> Int? {
    feature < packets * Self.width ? feature / Self.width : nil
  }

  /// How many features are of packets, how many sums follow, and how many words with the mark that there is a name.
  var sizes: (packets: Int, sums: Int, names: Int) { (packets * Self.width, Self.sumNames.count, vocabulary.count + 1) }

  package func values(of flow: ObservedFlow) -> [Float] {
    let base = packets * Self.width, names = base + Self.sumNames.count
    var values = [Float](repeating: -2, count: base)
    values.reserveCapacity(names + vocabulary.count + 1)
    let isTCP = flow.record.proto == .tcp
    var sums = Sums()
    for index in 0..<min(packets, flow.packets.count) {
      let packet = flow.packets[index]
      let gap = index == 0 ? 0 : Self.gap(from: flow.packets[index - 1].time, to: packet.time)
      sums.add(length: packet.ipLength, isSent: packet.isFromOriginator, gap: gap)
      fill(&values, index * Self.width, packet, flow, gap: gap, isTCP: isTCP)
    }
    values += sums.values
    let words = NameWords.words(of: flow.record)
    values += [Float](repeating: 0, count: vocabulary.count + 1)
    for word in words { if let place = places[word] { values[names + place] = 1 } }
    values[names + vocabulary.count] = words.isEmpty ? 0 : 1
    return values
  }

  private func fill(
    _ values: inout [Float], _ start: Int, _ packet: KeptPacket, _ flow: borrowing ObservedFlow, gap: Float, isTCP: Bool
  ) {
    let length = Float(min(packet.ipLength, 65_535)), whole = packet.byteRange.clamped(to: 0..<flow.bytes.count)
    let kept = whole.prefix(bytesPerPacket)
    for place in 0..<Self.width { values[start + place] = place < Self.width - Self.payloadBytes ? 0 : -1 }
    (values[start], values[start + 1], values[start + 2]) = (packet.isFromOriginator ? length : -length, length, gap)
    guard kept.count >= 20 else { return }
    func byte(_ offset: Int) -> Float { offset < kept.count ? Float(flow.bytes[kept.lowerBound + offset]) : 0 }
    let first = flow.bytes[kept.lowerBound], hidesTTL = masked.contains(.ttl)
    if first >> 4 == 4 {
      (values[start + 3], values[start + 4]) = (byte(1), byte(6))
      (values[start + 5], values[start + 6]) = (hidesTTL ? 0 : byte(8), byte(9))
    } else {
      values[start + 3] = Float(first & 15) * 16 + Float(flow.bytes[kept.lowerBound + 1] >> 4)
      (values[start + 5], values[start + 6]) = (hidesTTL ? 0 : byte(7), byte(6))
    }
    let transport = min(packet.transportOffset, kept.count), payload = min(packet.payloadOffset, kept.count)
    let fixed = start + Self.leading
    for offset in 0..<min(Self.fixedBytes, max(0, payload - transport)) where isSeen(offset, packet, isTCP: isTCP) {
      values[fixed + offset] = byte(transport + offset)
    }
    if isTCP, !masked.contains(.tcpOptions) {
      for offset in 0..<min(Self.optionBytes, max(0, payload - transport - 20)) {
        values[fixed + Self.fixedBytes + offset] = byte(transport + 20 + offset)
      }
    }
    let body = fixed + Self.fixedBytes + Self.optionBytes
    for offset in 0..<min(Self.payloadBytes, max(0, kept.count - payload)) {
      values[body + offset] = byte(payload + offset)
    }
  }

  /// Whether a byte of the transport header is one that trees see.
  private func isSeen(_ offset: Int, _ packet: KeptPacket, isTCP: Bool) -> Bool {
    // The originator's port is drawn by its system.
    if offset < 4 { return !hidesPorts && (offset < 2) != packet.isFromOriginator }
    guard isTCP else { return offset != 6 && offset != 7 && !(masked.contains(.lengths) && offset < 6) }
    switch offset {
    case 4..<12, 16..<18: return false
    case 14..<16: return !masked.contains(.tcpWindow)
    default: return true
    }
  }

  /// ln(1 + g), g the microseconds between two packets, at least 0.
  private static func gap(from before: CaptureTime, to now: CaptureTime) -> Float {
    let (gap, overflows) = now.nanoseconds.subtractingReportingOverflow(before.nanoseconds)
    if overflows { return now > before ? Float(log1p(1e16)) : 0 }
    return Float(log1p(Double(max(gap, 0)) / 1000))
  }

  /// Sums over the packets that are seen.
  private struct Sums {
    private var sent = 0, answered = 0, bytesSent = 0, bytesAnswered = 0, largest = 0, squares = 0
    private var largestGap: Float = 0, gaps: Float = 0

    mutating func add(length: Int, isSent: Bool, gap: Float) {
      let length = min(length, 65_535)
      if isSent { (sent, bytesSent) = (sent + 1, bytesSent + length) }
      if !isSent { (answered, bytesAnswered) = (answered + 1, bytesAnswered + length) }
      largest = max(largest, length)
      squares += length * length
      largestGap = max(largestGap, gap)
      gaps += gap
    }

    var values: [Float] {
      let count = max(1, sent + answered), total = Double(bytesSent + bytesAnswered) / Double(count)
      let deviation = max(0, Double(squares) / Double(count) - total * total).squareRoot()
      return [
        Float(sent + answered), Float(sent), Float(answered), Float(bytesSent), Float(bytesAnswered), Float(largest),
        largestGap, gaps, Float(deviation),
      ]
    }
  }
}
