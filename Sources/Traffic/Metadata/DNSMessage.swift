import Records

/// What is read of a DNS message (RFC 1035 section 4; mDNS, RFC 6762; LLMNR, RFC 4795).
struct DNSMessage {
  var isResponse: Bool
  /// The name of the first question.
  var question: String?
  /// Addresses and the name that was resolved to each: the question's, or where there is none the record's own.
  var addresses: [(address: IPAddress, name: String)] = []

  /// Answers looked through, and pointers followed in one name.
  private static let answerLimit = 64, pointerLimit = 16

  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes[...])
    guard reader.uint16() != nil, let flags = reader.uint16(), let questions = reader.uint16(),
      let answers = reader.uint16(), reader.take(4) != nil
    else { return nil }
    isResponse = flags & 0x8000 != 0
    var offset = 12
    for index in 0..<min(questions, 8) {
      guard let name = Self.name(bytes, &offset) else { return }
      offset += 4
      if index == 0 { question = name.isEmpty ? nil : name }
    }
    guard isResponse else { return }
    for _ in 0..<min(answers, Self.answerLimit) {
      guard let owner = Self.name(bytes, &offset), offset + 10 <= bytes.count else { return }
      var record = ByteReader(bytes[offset...])
      guard let type = record.uint16(), record.take(6) != nil, let data = record.vector16() else { return }
      offset = record.offset
      let resolved = question ?? owner
      guard !resolved.isEmpty, let address = Self.address(type, data) else { continue }
      addresses.append((address, resolved))
    }
  }

  private static func address(_ type: Int, _ data: ArraySlice<UInt8>) -> IPAddress? {
    func word(_ start: Int, _ count: Int) -> UInt64 {
      data.dropFirst(start).prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }
    switch (type, data.count) {
    case (1, 4): return IPAddress(v4: UInt32(truncatingIfNeeded: word(0, 4)))
    case (28, 16): return IPAddress(v6High: word(0, 8), low: word(8, 8))
    default: return nil
    }
  }

  /// Reads a name and moves behind it.
  ///
  /// - Returns: `""` for the root; `nil` where there is no name of printable characters.
  private static func name(_ bytes: [UInt8], _ offset: inout Int) -> String? {
    var labels: [String] = []
    var position = offset, total = 0, jumps = 0
    var end: Int?
    while position < bytes.count {
      let length = Int(bytes[position])
      if length == 0 {
        offset = end ?? position + 1
        return labels.joined(separator: ".")
      }
      if length & 0xc0 == 0xc0 {
        guard position + 1 < bytes.count, jumps < pointerLimit else { return nil }
        end = end ?? position + 2
        position = (length & 0x3f) << 8 | Int(bytes[position + 1])
        jumps += 1
        continue
      }
      total += length + 1
      guard length < 64, total <= WireText.limit, position + 1 + length <= bytes.count,
        let label = WireText.name(bytes[position + 1..<position + 1 + length])
      else { return nil }
      labels.append(label)
      position += 1 + length
    }
    return nil
  }
}
