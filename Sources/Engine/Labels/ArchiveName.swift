/// Whether a file's name says that captures may lie inside it.
enum ArchiveName {
  private static let endings: Set<Substring> = [
    "zip", "tar", "tgz", "tbz", "tbz2", "txz", "tzst", "7z", "cpio", "rar", "cab", "iso", "ar", "xar", "warc",
  ]
  private static let compressions: Set<Substring> = ["gz", "zst", "xz", "bz2", "lz4", "lz", "lzma", "z"]

  static func isArchive(_ path: String) -> Bool {
    var parts = path.lowercased().split(separator: ".").dropFirst()
    while let last = parts.last, compressions.contains(last) { parts.removeLast() }
    return parts.last.map { endings.contains($0) } ?? false
  }
}
