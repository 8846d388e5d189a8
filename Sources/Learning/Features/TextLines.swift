/// Cuts a stream of bytes into lines, which end in a line feed, with or without a carriage return. What is wrong with a
/// line is thrown with its number.
struct TextLines {
  private let maximumBytes: Int
  private var pending: [UInt8] = []
  /// Lines handed out.
  private(set) var count = 0

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// Takes the next bytes and hands out the lines that end in them.
  mutating func feed(
    _ bytes: [UInt8], _ body: (ArraySlice<UInt8>) throws(FeatureTableError) -> Void
  ) throws(FeatureTableError) {
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if pending.isEmpty {
        try hand(bytes[start..<end], body)
      } else {
        try keep(bytes[start..<end])
        let line = pending
        pending = []
        try hand(line[...], body)
      }
      start = end + 1
    }
    try keep(bytes[start...])
  }

  /// Hands out a last line that does not end in a line feed.
  mutating func finish(_ body: (ArraySlice<UInt8>) throws(FeatureTableError) -> Void) throws(FeatureTableError) {
    let line = pending
    pending = []
    if !line.isEmpty { try hand(line[...], body) }
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>) throws(FeatureTableError) {
    guard pending.count + bytes.count <= maximumBytes else { throw tooLong }
    pending += bytes
  }

  private mutating func hand(
    _ line: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) throws(FeatureTableError) -> Void
  ) throws(FeatureTableError) {
    guard line.count <= maximumBytes else { throw tooLong }
    count += 1
    do throws(FeatureTableError) {
      try body(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    } catch {
      throw FeatureTableError(line: count, error.reason)
    }
  }

  private var tooLong: FeatureTableError {
    FeatureTableError(line: count + 1, "the line is longer than \(maximumBytes) bytes; this is no feature table")
  }
}
