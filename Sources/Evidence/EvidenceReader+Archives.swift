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
    switch found.kind {
    case .sevenZip:
      // Its directory is at its end, so the pass that hashes comes first.
      guard let bytes = randomAccess(found) else { return }
      drain(found.container, node: found.node)
      readMembers(found, of: LibArchive(SeekableStream(bytes), .sevenZip))
      if let end = SevenZipEnd.offset(bytes) { tellRemainder(found, SevenZipEnd.remainder(bytes, from: end)) }
    case .zip:
      let whole = found.file ?? hold(found.stream)
      let archive = LibArchive(found.stream, .zip, passwords: whole == nil ? passwords : [])
      let count = readMembers(found, of: archive, locked: whole)
      if let whole, let count { compareDirectory(found, whole, memberCount: count) }
    case .cpio, .rar:
      let checksums: any MemberChecksums =
        found.kind == .cpio ? CpioChecksums(found.stream) : RarChecksums(found.stream)
      let archive = LibArchive(checksums, found.kind, passwords: passwords)
      readMembers(found, of: archive, checksums: checksums)
      tellRemainder(found, of: archive)
    default:
      let archive = LibArchive(found.stream, found.kind, passwords: passwords)
      readMembers(found, of: archive)
      tellRemainder(found, of: archive)
    }
    // What is around it may have its checksum at its end.
    if budget.rest > 0 { tellDamage(of: found.stream, node: found.node) }
  }

  /// - Parameters:
  ///   - locked: where encrypted members are to be read, each with the password that opens it.
  ///   - checksums: those that libarchive does not look at.
  /// - Returns: how many entries the archive has, of any kind; `nil` where not all of them were met.
  @discardableResult private mutating func readMembers(
    _ found: FoundArchive, of archive: LibArchive, locked: (any RandomAccess)? = nil,
    checksums: (any MemberChecksums)? = nil
  ) -> Int? {
    var keys: ZipPasswords?
    var index = 0
    var readMembers = 0
    while let member = archive.nextMember() {
      defer { index += 1 }
      let name = EvidencePath.text(member.name)
      if let reason = member.warning { emit(.problem(node: found.node, warned(reason, name, found))) }
      if member.hiddenBytes > 0 { emit(.problem(node: found.node, hidden(member.hiddenBytes, name, found))) }
      guard member.isRegularFile else { continue }
      guard nodeCount <= limits.members, budget.rest > 0 else {
        emit(.problem(node: found.node, stopped(found.path)))
        return nil
      }
      readMembers += 1
      let isEncrypted = { Self.isEncrypted($0, member.isEncrypted, in: found.kind) }
      let advice = { Self.advice($0, isEncrypted: isEncrypted($0), in: found.kind) }
      let checksum = {
        checksums?.wrong.contains(index) == true ? "its bytes do not have the checksum it is said to have" : nil
      }
      var source: any ByteStream = LibArchiveStream.member(
        of: archive, name: name, checksum: checksum, isEncrypted: isEncrypted, advice: advice)
      if member.isEncrypted, let locked {
        keys = keys ?? ZipPasswords(locked, passwords: passwords, limit: budget.rest)
        if let unlocked = keys?.unlocked(index) {
          source = LibArchiveStream.member(of: unlocked, name: name, isEncrypted: { _ in false }, advice: advice)
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
      return nil
    }
    guard let reason = archive.damage else { return index }
    let isEncrypted = Self.isEncrypted(reason, false, in: found.kind)
    let message =
      "the \(found.kind.rawValue) archive '\(found.path)' cannot be followed further (\(reason)); the \(readMembers) members before were read; \(Self.advice(reason, isEncrypted: isEncrypted, in: found.kind))"
    emit(.problem(node: found.node, Problem(isEncrypted ? .encrypted : .damagedArchive, message: message)))
    return nil
  }

  /// Whether libarchive's reason is that something is encrypted. Damage of an encrypted member of a zip is no lack of a
  /// password.
  private static func isEncrypted(_ reason: String, _ isMemberEncrypted: Bool, in kind: ContentKind) -> Bool {
    let words = reason.lowercased()
    return ["encrypt", "passphrase", "crypto codec"].contains { words.contains($0) }
      || isMemberEncrypted && kind != .zip
  }

  private func warned(_ reason: String, _ name: String, _ found: FoundArchive) -> Problem {
    Problem(
      .damagedArchive,
      message:
        "the \(found.kind.rawValue) archive '\(found.path)' does not check out at the member '\(name)' or before it (\(reason)); what could be read was kept; ask for another copy of the file"
    )
  }

  private func hidden(_ count: Int, _ name: String, _ found: FoundArchive) -> Problem {
    Problem(
      .damagedArchive, bytesLost: count,
      message:
        "the member '\(name)' of the \(found.kind.rawValue) archive '\(found.path)' is a directory or device by its kind or name and has \(count) bytes, which were not read; unpack it with another program and scan the files"
    )
  }

  private func tellRemainder(_ found: FoundArchive, of archive: LibArchive) {
    do throws(StreamDamage) { tellRemainder(found, try archive.remainder()) } catch {
      emit(.problem(node: found.node, error.problem))
    }
  }

  /// Tells of bytes behind the end of an archive.
  private func tellRemainder(_ found: FoundArchive, _ rest: (offset: Int, count: Int)?) {
    guard let rest else { return }
    let message =
      "behind the end of the \(found.kind.rawValue) archive '\(found.path)' there are \(rest.count) bytes from byte \(rest.offset) on, which are no part of it and were not read; cut them off into a file of their own and scan that"
    emit(
      .problem(
        node: found.node, Problem(.damagedArchive, offset: rest.offset, bytesLost: rest.count, message: message)))
  }

  /// Holds a zip's members, as they came one behind the other, to the directory at its end.
  private func compareDirectory(_ found: FoundArchive, _ bytes: any RandomAccess, memberCount: Int) {
    var directory = ZipDirectory(bytes, limit: limits.members)
    do throws(StreamDamage) { try directory.compare(memberCount: memberCount) } catch {
      emit(.problem(node: found.node, error.problem))
    }
    for finding in directory.findings {
      let message =
        "the zip archive '\(found.path)' does not agree with itself: \(finding.what); what could be read was kept; look at it with another program"
      emit(
        .problem(
          node: found.node,
          Problem(.damagedArchive, offset: finding.offset, bytesLost: finding.bytesLost, message: message)))
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
      .encrypted, offset: 0,
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
}
