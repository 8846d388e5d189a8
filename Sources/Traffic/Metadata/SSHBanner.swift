/// The line by which both ends of SSH begin (RFC 4253 section 4.2).
enum SSHBanner {
  /// Bytes looked through: a server may say something else first.
  private static let limit = 4096

  /// - Parameter isEnd: whether no more will come, so that a banner without its line end counts.
  /// - Returns: the banner without its line end; `nil` where there is none (yet).
  static func find(_ bytes: ArraySlice<UInt8>, isEnd: Bool = false) -> String? {
    var rest = bytes.prefix(limit)
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0a)
      guard end != nil || isEnd else { return nil }
      let line = rest[..<(end ?? rest.endIndex)]
      if line.starts(with: "SSH-".utf8) { return WireText.text(line.last == 0x0d ? line.dropLast() : line) }
      rest = rest[((end ?? rest.endIndex - 1) + 1)...]
    }
    return nil
  }
}
