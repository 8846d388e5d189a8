/// Brings a case that an older version of the program wrote to the present version.
package enum CaseUpgrade {
  /// Runs the migrations that are missing, in one transaction, and notes it in the audit chain.
  ///
  /// - Parameter hash: the SHA-256 of some bytes as 64 lower-case hexadecimal digits.
  /// - Returns: the version the case had and the one it has.
  /// - Throws: `StoreError` with code `notACase`, `newerVersion`, `olderVersion`, `inUse` or `readOnly`; the case is then as
  ///   it was.
  package static func run(
    path: String, hash: @escaping @Sendable ([UInt8]) -> String
  ) throws(StoreError) -> (from: Int64, to: Int64) {
    guard try CaseSchema.isPresent(at: path) else {
      throw StoreError(.cannotOpen, "there is no case at '\(path)': check the name")
    }
    let lock = try WriterLock(path: path)
    defer { lock.release() }
    let connection = try Connection(path: path, access: .readWrite)
    do {
      let found = try CaseSchema.upgrade(connection)
      if found != CaseSchema.version {
        try AuditChain.append(
          "case_upgraded", ["from": "\(found)", "to": "\(CaseSchema.version)"], to: connection, hash: hash)
        try CaseSchema.createIndexes(in: connection)
      }
      try connection.close()
      return (found, CaseSchema.version)
    } catch {
      try? connection.close()
      throw error
    }
  }
}
