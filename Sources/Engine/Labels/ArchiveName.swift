/// Whether a file's name says that captures may lie inside it.
enum ArchiveName {
  static func isArchive(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".zip", ".tar", ".tgz", ".7z", ".cpio", ".tar.gz", ".tar.zst", ".tar.xz", ".rar"].contains {
      name.hasSuffix($0)
    }
  }
}
