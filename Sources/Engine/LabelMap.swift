/// A label file could not be understood.
package struct LabelMapError: Error, Equatable, CustomStringConvertible {
  package let line: Int
  package let description: String
}

/// Maps names of capture files to classes: one pattern and one class a line, the first match decides.
///
/// `*` stands for any characters, `?` for one, `[...]` for one of a set; case does not matter. The class `-` means
/// that the file is not used. `#` begins a comment.
package struct LabelMap: Sendable {
  private var rules: [(pattern: [Character], label: String)] = []

  /// - Throws: at the first line that is not a pattern and a class.
  package init(parsing text: String) throws(LabelMapError) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.prefix { $0 != "#" }
      let fields = content.split(whereSeparator: \.isWhitespace)
      if fields.isEmpty { continue }
      guard fields.count == 2 else {
        throw LabelMapError(
          line: index + 1,
          description:
            "line \(index + 1) of the label file has \(fields.count) words; it should have a file-name pattern and a class"
        )
      }
      rules.append((Array(fields[0].lowercased()), String(fields[1])))
    }
  }

  /// The class of a file by its name without directories; `nil` when no pattern matches or the class is `-`.
  package func label(fileName: String) -> String? {
    let name = Array(fileName.lowercased())
    guard let label = rules.first(where: { Self.matches($0.pattern[...], name[...]) })?.label else { return nil }
    return label == "-" ? nil : label
  }

  /// Every class named, sorted.
  package var labels: [String] { Set(rules.map(\.label)).subtracting(["-"]).sorted() }

  /// Glob matching with one point to return to: linear in the name for each star.
  private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
    var p = pattern.startIndex
    var n = name.startIndex
    var retry: (pattern: Int, name: Int)?
    while n < name.endIndex {
      if p < pattern.endIndex, pattern[p] == "*" {
        retry = (p + 1, n)
        p += 1
      } else if p < pattern.endIndex, let after = matchOne(pattern, p, name[n]) {
        p = after
        n += 1
      } else if let back = retry {
        retry = (back.pattern, back.name + 1)
        (p, n) = (back.pattern, back.name + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }

  /// The index after the pattern element at `p` when it matches the character.
  private static func matchOne(_ pattern: ArraySlice<Character>, _ p: Int, _ character: Character) -> Int? {
    guard pattern[p] == "[", let end = pattern[p...].firstIndex(of: "]"), end > p + 1 else {
      return pattern[p] == "?" || pattern[p] == character ? p + 1 : nil
    }
    let set = pattern[p + 1..<end]
    var index = set.startIndex
    while index < set.endIndex {
      if index + 2 < set.endIndex, set[index + 1] == "-" {
        if set[index] <= character && character <= set[index + 2] { return end + 1 }
        index += 3
      } else {
        if set[index] == character { return end + 1 }
        index += 1
      }
    }
    return nil
  }
}
