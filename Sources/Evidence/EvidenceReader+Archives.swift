import Records

extension EvidenceReader {
  /// An archive about to be read.
  struct FoundArchive {
    var kind: ContentKind
    /// The archive from front to back.
    var stream: PeekableStream
    /// What is around it, which is hashed in passing.
    var container: HashedStream
    /// The archive where it can be read anywhere: it is the file of evidence itself.
    var file: (any RandomAccess)?
    var node: Int
    var path: String
    /// Layers around it and itself.
    var depth: Int
  }

  mutating func readArchive(_ found: FoundArchive) {
    guard found.depth < limits.depth else {
      emit(.problem(node: found.node, tooDeep(found.path)))
      return
    }
    if found.kind == .sevenZip {
      // Its directory is at its end, so the pass that hashes comes first.
      guard let bytes = randomAccess(found) else { return }
      drain(found.container, node: found.node)
      readMembers(found, of: LibArchive(SeekableStream(bytes), .sevenZip), locked: nil)
    } else if found.kind == .zip, found.file != nil || Self.beginsEncrypted(found.stream) {
      let held = found.file ?? hold(found.stream)
      readMembers(found, of: LibArchive(found.stream, .zip, passwords: held == nil ? passwords : []), locked: held)
    } else {
      readMembers(found, of: LibArchive(found.stream, found.kind, passwords: passwords), locked: nil)
    }
  }

  /// - Parameter locked: where encrypted members are to be read, each with the password that opens it.
  private mutating func readMembers(_ found: FoundArchive, of archive: LibArchive, locked: (any RandomAccess)?) {
    var keys: ZipPasswords?
    var index = 0
    var readMembers = 0
    while let member = archive.nextMember() {
      defer { index += 1 }
      guard member.isRegularFile else { continue }
      guard nodeCount <= limits.members, budget.rest > 0 else {
        emit(.problem(node: found.node, stopped(found.path)))
        return
      }
      readMembers += 1
      let name = EvidencePath.text(member.name)
      let advice = { Self.advice($0, isEncrypted: member.isEncrypted, in: found.kind) }
      var source: any ByteStream = LibArchiveStream.member(of: archive, name: name, advice: advice)
      if member.isEncrypted, let locked {
        keys = keys ?? ZipPasswords(locked, passwords: passwords, limit: budget.rest)
        if let unlocked = keys?.unlocked(index) {
          source = LibArchiveStream.member(of: unlocked, name: name, advice: advice)
        } else {
          source = RefusedStream(lockedMember(name))
        }
      }
      read(
        BudgetedStream(source, budget), path: "\(found.path)!/\(name)", parent: found.node, depth: found.depth,
        file: nil, whenDrained: { nil })
    }
    if let damage = archive.sourceDamage {
      emit(.problem(node: found.node, damage.problem))
    } else if let reason = archive.damage {
      let advice = Self.advice(reason, isEncrypted: reason.lowercased().contains("encrypt"), in: found.kind)
      let message =
        "the \(found.kind.rawValue) archive '\(found.path)' cannot be followed further (\(reason)); the \(readMembers) members before were read; \(advice)"
      emit(.problem(node: found.node, Problem(.damagedArchive, message: message)))
    }
  }

  /// What to do about an archive or a member that cannot be read.
  ///
  /// - Parameter reason: libarchive's words; they tell what is damaged from what it does not support.
  private static func advice(_ reason: String, isEncrypted: Bool, in kind: ContentKind) -> String {
    if isEncrypted {
      return kind == .zip
        ? "it is encrypted: give its password with --password-file"
        : "it is encrypted, which is not supported in \(kind.rawValue) archives: unpack it with its password and scan the files"
    }
    // libarchive reads less of RAR than there is, and does not always know an encrypted one.
    if kind == .rar { return "unpack it, with its password if it has one, and scan the files" }
    let isUnsupported = ["support", "unavailable"].contains { reason.lowercased().contains($0) }
    return isUnsupported ? "unpack it with a program of its own and scan the files" : "ask for another copy of the file"
  }

  private func lockedMember(_ name: String) -> Problem {
    let tried =
      passwords.count == 1 ? "the one password tried does not open it" : "none of \(passwords.count) passwords opens it"
    return Problem(
      .damagedArchive, offset: 0,
      message:
        "the archive member '\(name)' is encrypted and \(tried), or it is damaged; nothing of it was read; give its password with --password-file and scan again"
    )
  }

  private func stopped(_ path: String) -> Problem {
    if budget.rest == 0 { return budget.problem }
    return Problem(
      .limitReached,
      message:
        "'\(path)' was left at a member, as the file of evidence holds more than \(limits.members) of them; those beyond were not read; unpack it and scan the files"
    )
  }

  /// The archive where it can be read anywhere; tells why not, where it cannot.
  private func randomAccess(_ found: FoundArchive) -> (any RandomAccess)? {
    if let file = found.file { return file }
    if let held = hold(found.stream) {
      do throws(StreamDamage) { while try found.stream.next() != nil {} } catch {
        emit(.problem(node: found.node, error.problem))
      }
      return held
    }
    let message =
      "'\(found.path)' is a \(found.kind.rawValue) archive inside another archive or compression: its directory at the end is reached only by holding it in memory, for which it is larger than \(limits.heldBytes >> 20) MiB; it was hashed and not opened; unpack it and scan the files"
    emit(.problem(node: found.node, Problem(.limitReached, offset: 0, message: message)))
    return nil
  }

  /// The whole stream in memory, which stays to be read; `nil` when it is too long for that.
  private func hold(_ stream: PeekableStream) -> HeldBytes? {
    let bytes = stream.peek(limits.heldBytes + 1)
    return bytes.count <= limits.heldBytes ? HeldBytes(bytes) : nil
  }

  /// Whether a zip's first member is encrypted: bit 0 of the flags in its local header (APPNOTE.TXT section 4.4.4).
  private static func beginsEncrypted(_ stream: PeekableStream) -> Bool {
    let header = stream.peek(8)
    return header.count == 8 && header[2] == 3 && header[6] & 1 == 1
  }
}
