import Evidence
package import Learning
package import Records

/// Reads feature tables from files: ARFF or CSV, compressed or not.
package enum FeatureTableFile {
  /// A table and where it comes from.
  package struct Loaded: Sendable {
    package var table: FeatureTable
    /// Rows left out because their class is missing.
    package var unlabelledRows: Int
    /// Of the table's text, with compression undone.
    package var sha256: SHA256Digest?
  }

  /// Why a table could not be read: a sentence.
  package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
  }

  /// - Parameters:
  ///   - path: a file; one whose first word begins with `@` or `%` is ARFF, any other CSV.
  ///   - className: the column that is the class; `nil` for the last.
  package static func read(_ path: String, className: String? = nil) throws(Failure) -> Loaded {
    do {
      let stream = PeekableStream(try PlainFile.open(EvidencePath(path)).stream)
      let first = stream.peek(512).first { $0 > 0x20 }
      let hashed = HashedStream(stream)
      if first == UInt8(ascii: "@") || first == UInt8(ascii: "%") {
        var reader = ARFFReader(className: className)
        while let bytes = try hashed.next() { try reader.feed(bytes) }
        let table = try reader.finish()
        return Loaded(table: table, unlabelledRows: reader.unlabelledRows, sha256: hashed.finishDigest())
      }
      var reader = CSVTableReader(className: className)
      while let bytes = try hashed.next() { try reader.feed(bytes) }
      let table = try reader.finish()
      return Loaded(table: table, unlabelledRows: reader.unlabelledRows, sha256: hashed.finishDigest())
    } catch let damage as StreamDamage {
      throw Failure(description: damage.problem.message)
    } catch {
      throw Failure(description: "cannot read the feature table '\(path)': \(error)")
    }
  }
}
