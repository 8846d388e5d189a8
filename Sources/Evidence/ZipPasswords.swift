import Records

/// Finds the password of each encrypted member of a zip archive, and reads members with it.
///
/// ZipCrypto checks a password by one byte (APPNOTE.TXT section 6.1.6), so one wrong guess in 256 passes, and libarchive
/// takes the first that does. Here a password counts as right only when it reads a member to its end, checksum
/// and all, before any of the member is handed out. Members may have different passwords.
final class ZipPasswords {
  private let archive: any RandomAccess
  private let passwords: [String]
  /// Which password opens a member, both by number.
  private var choices: [Int: Int] = [:]
  private var openArchives: [Int: (archive: LibArchive, next: Int)] = [:]

  /// - Parameter limit: bytes of members to read in search of passwords.
  init(_ archive: any RandomAccess, passwords: [String], limit: Int) {
    self.archive = archive
    self.passwords = passwords
    var rest = limit
    var damaged: [Int: Attempt] = [:]
    for password in passwords.indices where open(password, &damaged, &rest) { break }
    // What no password reads whole is damaged: the right one is then one that opens another member, or that brings
    // something recognisable out of this one.
    let proven = Set(choices.values)
    for (member, attempt) in damaged where choices[member] == nil {
      if proven.contains(attempt.password) || attempt.isRecognised { choices[member] = attempt.password }
    }
  }

  /// The best of the passwords that read some of a member and did not reach its end.
  private struct Attempt {
    var password: Int
    var byteCount: Int
    var isRecognised: Bool
  }

  /// Reads every encrypted member that has no password yet.
  ///
  /// - Returns: whether all of them have one now.
  private func open(_ password: Int, _ damaged: inout [Int: Attempt], _ rest: inout Int) -> Bool {
    let archive = LibArchive(SeekableStream(archive), .zip, passwords: [passwords[password]])
    var index = 0
    var isComplete = true
    while let member = archive.nextMember() {
      defer { index += 1 }
      guard member.isEncrypted, choices[index] == nil else { continue }
      guard rest > 0 else { return true }
      let (attempt, isWhole) = readThrough(archive, password, &rest)
      if isWhole {
        choices[index] = password
      } else {
        isComplete = false
        if attempt.byteCount > damaged[index]?.byteCount ?? 0 { damaged[index] = attempt }
      }
    }
    return isComplete && archive.damage == nil
  }

  private func readThrough(_ archive: LibArchive, _ password: Int, _ rest: inout Int) -> (Attempt, isWhole: Bool) {
    var attempt = Attempt(password: password, byteCount: 0, isRecognised: false)
    while rest > 0, let block = archive.nextBlock() {
      if attempt.byteCount == 0 { attempt.isRecognised = ContentKind(prefix: block) != .unknown }
      attempt.byteCount += block.count
      rest -= min(rest, block.count)
    }
    let isSound = archive.memberDamage == nil && archive.memberWarning == nil && archive.damage == nil
    return (attempt, isSound)
  }

  /// An archive that stands at a member and can read it; `nil` where no password opens it.
  ///
  /// - Parameter member: its number in the archive; numbers must not go down from call to call.
  func unlocked(_ member: Int) -> LibArchive? {
    guard let password = choices[member] else { return nil }
    var (archive, next) =
      openArchives[password] ?? (LibArchive(SeekableStream(archive), .zip, passwords: [passwords[password]]), 0)
    while next <= member {
      guard archive.nextMember() != nil else { return nil }
      next += 1
    }
    openArchives[password] = (archive, next)
    return archive
  }
}
