package import Records

/// Writes the rows of one answer as text, as they come: `begin` once, `row` for each row, `end` once.
package protocol RowWriter {
  /// Takes the names of the columns.
  mutating func begin(columns: [String]) throws(ReportError)

  /// Takes the values of one row, as many as there are columns.
  mutating func row(_ values: [SQLValue]) throws(ReportError)

  /// Writes what is still held back.
  ///
  /// - Parameter isTruncated: whether rows were left out at the end; the last line then says so, because a file that
  ///   was cut looks like a whole one.
  mutating func end(isTruncated: Bool) throws(ReportError)
}

/// What the last line of a cut answer says.
let truncationNotice = "truncated: more rows were left out"
