/// A label file could not be understood.
package struct LabelMapError: Error, Equatable, CustomStringConvertible {
  package let line: Int
  package let description: String

  package init(line: Int, description: String) { (self.line, self.description) = (line, description) }
}

/// Maps captures to classes: a pattern and a class a line, and, where captures belong together, the scenario they are of.
/// The first match decides.
///
/// `*` stands for any characters of a name, `?` for one, `[...]` for one of a set; case does not matter. A pattern without `/`
/// is matched against the file's name, one with slashes against as many of the last names of its path as it has itself. The
/// class `-` means that the file is not used. `#` begins a comment.
package struct LabelMap: Sendable {
  /// What a label file says of a capture.
  package struct Rule: Sendable, Equatable {
    package var label: String
    /// Captures of one scenario, such as recordings of one program in one laboratory, stand on one side of a grouped split;
    /// `nil` leaves it to ``LabelledCaptures/group(fileName:)``.
    package var scenario: String?
    /// Where the captures come from; empty where that is not known.
    package var laboratory = ""
  }

  private var rules: [(names: [[Character]], rule: Rule)] = []

  /// Knows no capture.
  package init() {}

  /// - Parameter laboratory: where the captures come from that the file names.
  /// - Throws: at the first line that is not a pattern, a class and perhaps a scenario.
  package init(parsing text: String, laboratory: String = "") throws(LabelMapError) {
    for (index, line) in text.textLines.enumerated() {
      let content = line.prefix { $0 != "#" }
      let fields = content.split(whereSeparator: \.isWhitespace)
      if fields.isEmpty { continue }
      guard (2...3).contains(fields.count) else {
        throw LabelMapError(
          line: index + 1,
          description:
            "line \(index + 1) of the label file has \(fields.count) words; it should have a pattern, a class, and at most a scenario"
        )
      }
      let rule = Rule(
        label: String(fields[1]), scenario: fields.count == 3 ? String(fields[2]) : nil, laboratory: laboratory)
      rules.append((fields[0].lowercased().split(separator: "/").map(Array.init), rule))
    }
  }

  /// What the first pattern that matches a path says; `nil` when none does or the class is `-`.
  package func rule(path: String) -> Rule? {
    let names = path.lowercased().split(separator: "/").map(Array.init)
    let first = rules.first { patterns, _ in
      !patterns.isEmpty && patterns.count <= names.count
        && zip(patterns, names.suffix(patterns.count)).allSatisfy { Self.matches($0[...], $1[...]) }
    }
    return first.flatMap { $0.rule.label == "-" ? nil : $0.rule }
  }

  /// The rules of another map behind those of this one.
  package mutating func append(_ other: LabelMap) { rules += other.rules }

  /// Whether no capture is known.
  package var isEmpty: Bool { rules.isEmpty }

  /// Every class named, sorted.
  package var labels: [String] { Set(rules.map(\.rule.label)).subtracting(["-"]).sorted() }

  /// Glob matching with one point to return to: linear in the name for each star.
  static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
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
