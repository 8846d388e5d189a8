extension FeatureTable {
  /// Writes the table as comma-separated values (RFC 4180), the class last; missing values are empty.
  ///
  /// - Parameters:
  ///   - className: the name of the class column. - put: takes the text, line by line.
  ///   - lineEnd: what ends a line; RFC 4180 has CR LF.
  package func writeCSV<Failure>(
    className: String = "class", lineEnd: String = "\r\n", to put: (String) throws(Failure) -> Void
  ) throws(Failure) {
    func line(_ fields: [String]) -> String { fields.map(Self.csvField).joined(separator: ",") + lineEnd }
    try put(line(features.map(\.name) + [className]))
    for row in targets.indices { try put(line(fields(row, missing: "") + [labels[targets[row]]])) }
  }

  /// Writes the table in the attribute-relation file format, the class last; missing values are `?`.
  ///
  /// - Parameters:
  ///   - className: the name of the class attribute. - put: takes the text, line by line.
  package func writeARFF<Failure>(
    className: String = "class", to put: (String) throws(Failure) -> Void
  ) throws(Failure) {
    try put("@RELATION flows\n\n")
    for feature in features + [Feature(className, categories: labels)] {
      let type = feature.categories.map { "{" + $0.map(Self.arffField).joined(separator: ",") + "}" } ?? "NUMERIC"
      try put("@ATTRIBUTE \(Self.arffField(feature.name)) \(type)\n")
    }
    try put("\n@DATA\n")
    for row in targets.indices {
      let values = fields(row, missing: "?") + [labels[targets[row]]]
      try put(values.map { $0 == "?" ? $0 : Self.arffField($0) }.joined(separator: ",") + "\n")
    }
  }

  private func fields(_ row: Int, missing: String) -> [String] {
    zip(features, columns).map { feature, column in
      let value = column[row]
      guard let categories = feature.categories else { return FeatureValue.text(value, missing: missing) }
      guard let index = Int(exactly: value), categories.indices.contains(index) else { return missing }
      return categories[index]
    }
  }

  private static func csvField(_ text: String) -> String {
    guard text.utf8.contains(where: { Array(",\"\r\n".utf8).contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  private static let plainARFF = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+:/".utf8)

  private static func arffField(_ text: String) -> String {
    if !text.isEmpty, text.utf8.allSatisfy(plainARFF.contains) { return text }
    return "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
