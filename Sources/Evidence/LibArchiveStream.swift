import Records

/// The member a `LibArchive` stands at, as a stream.
final class LibArchiveStream: ByteStream {
  private let archive: LibArchive
  private let problem: (_ reason: String, _ offset: Int) -> Problem
  private var produced = 0
  private var hasEnded: Bool

  private init(_ archive: LibArchive, hasEnded: Bool, problem: @escaping (String, Int) -> Problem) {
    self.archive = archive
    self.hasEnded = hasEnded
    self.problem = problem
  }

  /// A compressed stream, decompressed.
  static func decompressing(_ source: any ByteStream, _ kind: ContentKind) -> LibArchiveStream {
    let archive = LibArchive(source, kind)
    let isEmpty = archive.nextMember() == nil && archive.damage == nil
    return LibArchiveStream(archive, hasEnded: isEmpty) { reason, offset in
      Problem(
        .damagedCompression, offset: offset,
        message:
          "the \(kind.rawValue) data are damaged or break off (\(reason)); the \(offset) bytes decompressed before it were kept; ask for another copy of the file"
      )
    }
  }

  /// The archive's current member.
  ///
  /// - Parameter advice: what to do about a member that cannot be read, given libarchive's reason.
  static func member(of archive: LibArchive, name: String, advice: @escaping (String) -> String) -> LibArchiveStream {
    LibArchiveStream(archive, hasEnded: false) { reason, offset in
      Problem(
        .damagedArchive, offset: offset,
        message:
          "the archive member '\(name)' cannot be read beyond byte \(offset) (\(reason)); what came before it was kept; \(advice(reason))"
      )
    }
  }

  func next() throws(StreamDamage) -> [UInt8]? {
    guard !hasEnded else { return nil }
    if let block = archive.nextBlock() {
      produced += block.count
      return block
    }
    hasEnded = true
    if let damage = archive.sourceDamage { throw damage }
    guard let reason = archive.memberDamage ?? archive.damage else { return nil }
    throw StreamDamage(problem(reason, produced))
  }
}

/// A stream of nothing but the reason why there is nothing.
final class RefusedStream: ByteStream {
  private var problem: Problem?
  init(_ problem: Problem) { self.problem = problem }

  func next() throws(StreamDamage) -> [UInt8]? {
    guard let problem = problem.take() else { return nil }
    throw StreamDamage(problem)
  }
}
