package import Evidence

/// What the names of captures written one after the other have in common: the directory, and the file name without its
/// numbers and suffixes.
///
/// `x.pcap`, `x.pcap1` and `x.pcap2.gz` (tcpdump), `x_00001_20260101120000.pcapng` (dumpcap, editcap) and
/// `x-2026-01-01T12:00:00.cap` (tcpdump with a time pattern) each fall together with the others of their recording.
package struct SeriesName: Hashable, Sendable {
  private let directory: [UInt8]
  private let pattern: [UInt8]

  private static let compressions = [".gz", ".zst", ".zstd", ".xz", ".bz2", ".lz4"].map { Array($0.utf8) }
  private static let captures = [".pcap", ".pcapng", ".ntar", ".cap", ".dmp", ".dump"].map { Array($0.utf8) }

  /// - Parameter path: slashes part directories; a member's path counts the archive among its own.
  package init(_ path: [UInt8]) {
    let cut = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    directory = Array(path[..<cut])
    pattern = Self.isCarvedFlow(path[cut...]) ? Array(path[cut...]) : Self.pattern(path[cut...])
  }

  /// Whether a name is one that `flowcase carve --split` gives: the captures of single flows go on with no other.
  private static func isCarvedFlow(_ name: ArraySlice<UInt8>) -> Bool {
    let parts = name.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 13, parts[0].first == UInt8(ascii: "F"),
      parts[1].count > 7, parts[1].suffix(7).elementsEqual(".pcapng".utf8)
    else { return false }
    return (Array(parts[0].dropFirst()) + parts[1].dropLast(7)).allSatisfy { byte in
      isDigit(byte) || (0x61...0x66).contains(byte)
    }
  }

  private static func pattern(_ name: ArraySlice<UInt8>) -> [UInt8] {
    var stem = name
    while let shorter = removing(compressions, from: stem) { stem = shorter }
    // A number behind the suffix, as in `x.pcap12` or `x.pcap.12`.
    var unnumbered = stem
    while let last = unnumbered.last, isDigit(last) { unnumbered.removeLast() }
    if unnumbered.last == UInt8(ascii: "."), unnumbered.count < stem.count { unnumbered.removeLast() }
    stem = removing(captures, from: unnumbered) ?? removing(captures, from: stem) ?? stem
    var pattern: [UInt8] = []
    for byte in stem {
      if !isDigit(byte) { pattern.append(byte) } else if pattern.last != mark { pattern.append(mark) }
    }
    // The first file of `tcpdump -C` has no number where the others have one.
    if pattern.count > 1, pattern.last == mark { pattern.removeLast() }
    return pattern
  }

  /// No byte of a name: paths end at a zero.
  private static let mark: UInt8 = 0

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func removing(_ suffixes: [[UInt8]], from name: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    for suffix in suffixes where name.count > suffix.count {
      let end = name.suffix(suffix.count)
      // Letters differ from their capitals in one bit, which the point and the digits have set anyway.
      if zip(end, suffix).allSatisfy({ $0 | 0x20 == $1 }) { return name.dropLast(suffix.count) }
    }
    return nil
  }

  /// Names in the order of their numbers, for captures that nothing else puts in order: `x.pcap9` before `x.pcap10`.
  package static func precedes(_ a: EvidencePath, _ b: EvidencePath) -> Bool {
    let (first, second) = (pieces(a.bytes), pieces(b.bytes))
    for (x, y) in zip(first, second) where x != y {
      if isDigit(x[0]), isDigit(y[0]), x.count != y.count { return x.count < y.count }
      return x.lexicographicallyPrecedes(y)
    }
    return first.count != second.count ? first.count < second.count : a < b
  }

  /// Runs of digits without their leading zeros, and the bytes between them.
  private static func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    for byte in bytes {
      if let last = pieces.last, isDigit(last[0]) == isDigit(byte) {
        let place = pieces.count - 1
        if last == [0x30] { pieces[place] = [byte] } else { pieces[place].append(byte) }
      } else {
        pieces.append([byte])
      }
    }
    return pieces
  }
}
