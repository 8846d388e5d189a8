import Records

/// The member a `LibArchive` stands at, as a stream.
final class LibArchiveStream: ByteStream {
  private let archive: LibArchive
  private let problem: (_ reason: String, _ offset: Int) -> Problem
  private let warning: (_ offset: Int) -> Problem?
  private var produced = 0
  private var hasEnded: Bool

  private init(
    _ archive: LibArchive, hasEnded: Bool, problem: @escaping (String, Int) -> Problem,
    warning: @escaping (Int) -> Problem?
  ) {
    self.archive = archive
    self.hasEnded = hasEnded
    self.problem = problem
    self.warning = warning
  }

  /// A compressed stream, decompressed.
  static func decompressing(_ source: any ByteStream, _ kind: ContentKind) -> LibArchiveStream {
    let archive = LibArchive(source, kind)
    let isEmpty = archive.nextMember() == nil && archive.damage == nil
    return LibArchiveStream(
      archive, hasEnded: isEmpty,
      problem: { reason, offset in
        Problem(
          .damagedCompression, offset: offset,
          message:
            "the \(kind.rawValue) data are damaged or break off (\(reason)); the \(offset) bytes decompressed before it were kept; ask for another copy of the file"
        )
      },
      warning: { offset in
        archive.memberWarning.map { reason in
          Problem(
            .damagedCompression, offset: offset,
            message:
              "the \(kind.rawValue) data were read to their end and do not check out (\(reason)); the \(offset) bytes decompressed were kept; ask for another copy of the file"
          )
        }
      })
  }

  /// The archive's current member.
  ///
  /// - Parameters:
  ///   - checksum: asked at the member's end: what does not check out, though libarchive has not looked at it.
  ///   - isEncrypted: given a reason of libarchive's, whether it is that the member is encrypted.
  ///   - advice: what to do about a member that cannot be read, given libarchive's reason.
  static func member(
    of archive: LibArchive, name: String, checksum: @escaping () -> String? = { nil },
    isEncrypted: @escaping (String) -> Bool, advice: @escaping (String) -> String
  ) -> LibArchiveStream {
    LibArchiveStream(
      archive, hasEnded: false,
      problem: { reason, offset in
        Problem(
          offset == 0 && isEncrypted(reason) ? .encrypted : .damagedArchive, offset: offset,
          message:
            "the archive member '\(name)' cannot be read beyond byte \(offset) (\(reason)); what came before it was kept; \(advice(reason))"
        )
      },
      warning: { offset in
        (archive.memberWarning ?? checksum()).map { reason in
          Problem(
            .damagedArchive, offset: offset,
            message:
              "the archive member '\(name)' was read to its end and is not what the archive says it is (\(reason)); its \(offset) bytes were kept, any of which may be wrong; ask for another copy of the file"
          )
        }
      })
  }

  func next() throws(StreamDamage) -> [UInt8]? {
    guard !hasEnded else { return nil }
    if let block = archive.nextBlock() {
      produced += block.count
      return block
    }
    hasEnded = true
    if let damage = archive.sourceDamage { throw damage }
    if let reason = archive.memberDamage ?? archive.damage { throw StreamDamage(problem(reason, produced)) }
    if let warning = warning(produced) { throw StreamDamage(warning) }
    return nil
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
