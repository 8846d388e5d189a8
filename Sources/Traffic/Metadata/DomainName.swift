/// A name of DNS (RFC 1035 section 3.1): labels of any bytes.
package struct DomainName: Equatable, Sendable {
  package private(set) var labels: [[UInt8]] = []
  /// The name goes on where it cannot be followed: it is too long, loops, or its message ends.
  package private(set) var isCut = false

  /// Where a message goes on behind a name.
  enum End: Equatable {
    /// Offset in the message.
    case at(Int)
    /// Behind the bytes that are there.
    case beyond
    /// Nobody knows: a kind of label that no name has.
    case unknown
  }

  /// Bytes of a name (RFC 1035 section 2.3.4), and pointers followed in one.
  private static let limit = 255, jumpLimit = 16

  /// Reads a name, pointers followed (RFC 1035 section 4.1.4).
  ///
  /// - Parameter offset: in the message, at least 0.
  static func read(_ message: ArraySlice<UInt8>, at offset: Int) -> (name: DomainName, end: End) {
    var name = DomainName()
    var end: End?
    var position = message.startIndex + offset, total = 1, jumps = 0
    while position < message.endIndex {
      let length = Int(message[position])
      switch length >> 6 {
      case 0 where length == 0: return (name, end ?? .at(position + 1 - message.startIndex))
      case 0:
        total += length + 1
        if total > limit { name.isCut = true }
        // What is too long is not kept, but where it ends is looked for.
        if name.isCut, let end { return (name, end) }
        if !name.isCut { name.labels.append(Array(message[(position + 1)...].prefix(length))) }
        position += 1 + length
      case 3:
        guard position + 1 < message.endIndex else { return (name.cut, end ?? .beyond) }
        let behind = end ?? .at(position + 2 - message.startIndex)
        guard !name.isCut, jumps < jumpLimit else { return (name.cut, behind) }
        end = behind
        jumps += 1
        position = message.startIndex + (length & 0x3f) << 8 + Int(message[position + 1])
      default: return (name.cut, end ?? .unknown)
      }
    }
    return (name.cut, end ?? .beyond)
  }

  private var cut: DomainName {
    var name = self
    name.isCut = true
    return name
  }

  /// Labels joined by `.`, without the root's. A dot inside a label is `\.`, a backslash `\\`, other odd bytes are `\xHH`;
  /// what is cut ends with `…`. The root alone is `.`.
  package var text: String {
    guard !labels.isEmpty else { return isCut ? "…" : "." }
    var text: [UInt8] = []
    text.reserveCapacity(labels.reduce(0) { $0 + $1.count + 1 })
    for (index, label) in labels.enumerated() {
      if index > 0 { text.append(0x2e) }
      for byte in label {
        if byte == 0x2e { text.append(0x5c) }
        WireText.append(escaped: byte, to: &text)
      }
    }
    if isCut { text += Array("…".utf8) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether a label has a capital letter.
  package var hasCapitals: Bool {
    labels.contains { label in label.contains { (0x41...0x5a).contains($0) } }
  }

  /// As names are compared (RFC 4343).
  package var lowercased: DomainName {
    var name = self
    name.labels = labels.map { $0.map(WireText.lowercased) }
    return name
  }
}
