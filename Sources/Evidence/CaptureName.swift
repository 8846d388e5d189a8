/// What the name of a file claims about its content. Content alone decides how a file is read; the name decides whether
/// something that holds no packets was meant to hold some.
enum CaptureName {
  /// Whether a name is one of captures, such as `a.pcap`, `a.pcap1`, `a.cap.gz` and `a.pcapng.3.part`.
  ///
  /// - Parameter path: of a file, or of a member of an archive.
  static func isCapture(_ path: String) -> Bool {
    guard let ending = ending(path) else { return false }
    return ending.hasPrefix("pcap") || captures.contains(ending)
  }

  /// Whether a name has an ending and it is not one of captures, archives or compressions.
  static func isOrdinary(_ path: String) -> Bool {
    guard let ending = ending(path) else { return false }
    return !isCapture(path) && !containers.contains(ending) && !compressions.contains(ending)
  }

  /// The last part of the name behind a dot, in lower case, without what compression, rotation and copying put behind it.
  private static func ending(_ path: String) -> Substring? {
    guard let name = path.split(separator: "/").last else { return nil }
    var parts = name.lowercased().split(separator: ".", omittingEmptySubsequences: false).dropFirst()
    while parts.count > 1, let last = parts.last, isAddition(last) { parts.removeLast() }
    guard let last = parts.last, !last.isEmpty, !last.allSatisfy(\.isNumber) else { return nil }
    return last
  }

  private static func isAddition(_ part: Substring) -> Bool {
    part.isEmpty || part.allSatisfy(\.isNumber) || compressions.contains(part) || copies.contains(part)
  }

  private static let captures: Set<Substring> = [
    "cap", "ntar", "dmp", "dump", "tcpdump", "snoop", "erf", "netmon", "netxray", "iptrace", "trc", "trace", "enc",
    "bfr",
    "pkt", "etl",
  ]
  private static let compressions: Set<Substring> = ["gz", "zst", "xz", "bz2", "lz4", "lz", "lzma", "z"]
  private static let copies: Set<Substring> = ["part", "tmp", "bak", "old", "orig", "copy", "new"]
  private static let containers: Set<Substring> = [
    "tar", "tgz", "tzst", "txz", "tbz", "tbz2", "zip", "7z", "cpio", "rar", "cab", "iso", "ar", "xar", "warc", "img",
    "dd",
    "raw", "bin", "e01", "mem",
  ]
}
