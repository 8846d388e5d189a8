/// A table that says where captures come from: columns `path`, and `laboratory` or `lab`, parted by tabs.
package enum LaboratoryManifest {
  /// - Returns: laboratories by path; nothing for a table without these columns.
  package static func laboratories(_ text: String) -> [String: String] {
    let lines = text.textLines.filter { !$0.isEmpty }.map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    guard let header = lines.first, let path = header.firstIndex(of: "path"),
      let laboratory = header.firstIndex(where: { ["laboratory", "lab"].contains($0) })
    else { return [:] }
    return lines.dropFirst().reduce(into: [:]) { found, row in
      if row.indices.contains(max(path, laboratory)) { found[row[path]] = row[laboratory] }
    }
  }
}
