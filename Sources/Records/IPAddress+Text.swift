extension IPAddress {
  /// An address from its text: dotted quad, or IPv6 as RFC 4291 section 2.2 has it, without a zone.
  ///
  /// - Returns: `nil` for what is no address.
  package init?(_ text: some StringProtocol) {
    if text.contains(":") { self.init(v6: text) } else { self.init(v4: text) }
  }

  private init?(v4 text: some StringProtocol) {
    guard let word = Self.quad(text) else { return nil }
    self.init(v4: word)
  }

  private static func quad(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var word: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let byte = UInt8(part)
      else { return nil }
      word = word << 8 | UInt32(byte)
    }
    return word
  }

  private init?(v6 text: some StringProtocol) {
    var halves: [[UInt16]] = [[]]
    var pieces = text.split(separator: ":", omittingEmptySubsequences: false).map { Substring($0) }
    // A double colon at one end leaves two empty pieces there, inside one.
    if text.hasPrefix("::") { pieces.removeFirst() } else if text.hasPrefix(":") { return nil }
    if text.hasSuffix("::"), pieces.count > 1 { pieces.removeLast() } else if text.hasSuffix(":") { return nil }
    for (index, piece) in pieces.enumerated() {
      if piece.isEmpty {
        halves.append([])
      } else if piece.contains("."), index == pieces.count - 1, let word = Self.quad(piece) {
        halves[halves.count - 1] += [UInt16(word >> 16), UInt16(truncatingIfNeeded: word)]
      } else if piece.utf8.count <= 4, piece.utf8.first != UInt8(ascii: "+"), piece.utf8.first != UInt8(ascii: "-"),
        let group = UInt16(piece, radix: 16)
      {
        halves[halves.count - 1].append(group)
      } else {
        return nil
      }
    }
    let count = halves.reduce(0) { $0 + $1.count }
    guard halves.count == 1 ? count == 8 : halves.count == 2 && count < 8 else { return nil }
    let groups = halves[0] + Array(repeating: 0, count: 8 - count) + (halves.count == 2 ? halves[1] : [])
    let word = { (range: Range<Int>) in groups[range].reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
    self.init(v6High: word(0..<4), low: word(4..<8))
  }
}
