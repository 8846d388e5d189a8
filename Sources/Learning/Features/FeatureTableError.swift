/// Why a text is not a feature table that can be used.
package struct FeatureTableError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Line of the text, from 1; `nil` when it is the table as a whole.
  package var line: Int?
  /// What is wrong, as a clause.
  package var reason: String

  package init(line: Int? = nil, _ reason: String) {
    self.line = line
    self.reason = reason
  }

  package var description: String { (line.map { "line \($0): " } ?? "") + reason }
}

/// Bounds on a feature table, whatever its text says.
package struct FeatureTableLimits: Sendable {
  package var lineBytes = 1 << 20
  package var features = 4096
  package var categories = 4096
  /// Values in the table: rows times features. 2^28 of them take 1 GiB.
  package var values = 1 << 28

  package init() {}
}
