import CaseStore
import Evidence
import Foundation

/// Knows what a command must leave as it is, and decides where it may write.
///
/// Inputs, cases, models, and evidence that a case knows are never written to, whatever they are called there: files are
/// compared by device and inode, so links and other spellings of a path do not matter, and a moved piece of evidence is known
/// by its SHA-256. Nothing is written below a directory of captures that is an input. Any other file that is there already
/// gives way to an earlier output of its own kind, to an empty file's successor, or to `--force`.
package struct OutputGuard {
  private struct Input {
    var path: EvidencePath
    var what: String
  }

  /// What was found out about what is protected: a directory of evidence is walked once, whatever the number of outputs.
  private final class Findings {
    var inputs: [FileIdentity: String]?
    var cases: [CaseFiles]?
  }

  private var inputs: [Input] = []
  private var cases: [String] = []
  private var findings = Findings()
  /// Whether files that are not recognised as earlier outputs may be replaced.
  package var isForced: Bool

  /// What SQLite keeps beside a database.
  private static let companions = ["-wal", "-shm", "-journal"]

  package init(isForced: Bool = false) { self.isForced = isForced }

  /// - Parameters:
  ///   - paths: files, or directories with all below them.
  ///   - what: what they are to the command, such as `the model`.
  package mutating func protect(_ paths: [String], as what: String) {
    inputs += paths.map { Input(path: EvidencePath($0), what: what) }
    findings = Findings()
  }

  /// Protects a case, and all evidence and models it knows.
  package mutating func protect(case path: String) {
    cases.append(path)
    findings = Findings()
  }

  /// Decides whether an output may be written; nothing is opened for writing.
  ///
  /// - Parameter path: where to write; `nil` or `-` for standard output.
  /// - Throws: `OutputError`, with code `protected`, `exists` or `cannotWrite`; `StoreError` when a case cannot be asked.
  package func plan(_ path: String?, _ kind: OutputKind) throws -> PlannedOutput {
    guard let path, path != "-" else { return try plan(descriptor: 1, called: "standard output") }
    if let descriptor = Self.descriptor(path) { return try plan(descriptor: descriptor, called: path) }
    guard !path.isEmpty, path.utf8.last != UInt8(ascii: "/") else {
      throw OutputError(.cannotWrite, "cannot write '\(path)': that is no name of a file; give one")
    }
    let named = EvidencePath(path)
    guard (try? named.status(following: false)) != nil else { return try planNew(path) }
    guard let status = try? named.status() else { return try planNew(path, at: Self.destination(path)) }
    switch status.kind {
    case .directory:
      throw OutputError(.cannotWrite, "cannot write '\(path)': it is a directory; give the name of a file")
    case .special("block device"):
      throw OutputError(.protected, "cannot write '\(path)': it is a whole disk or a part of one; give another name")
    case .special: return PlannedOutput(name: path, place: .special(path))
    case .regular, .symbolicLink: break
    }
    let real = try Self.resolved(named, path)
    if let what = try protected(real, status) { throw Self.refusal(path, what) }
    guard isForced && kind.isReplaceable || status.byteCount == 0 || kind.recognises(OutputKind.head(of: real)) else {
      let reason =
        !kind.isReplaceable
        ? ", and no file gives way to \(kind.name)" : kind.isMarked ? ", and it is not known as \(kind.name)" : ""
      let advice = "\(reason); give another name\(kind.isReplaceable ? ", or replace it with --force" : "")"
      throw OutputError(.exists, "cannot write '\(path)': there is a file already\(advice)")
    }
    try Self.checkDirectory(real.directory, path)
    return PlannedOutput(name: path, place: .file(real, replacing: FileIdentity(status)))
  }

  /// Decides whether a directory may be written to; it need not be there.
  package func plan(directory path: String) throws {
    let named = EvidencePath(path)
    if (try? named.status(following: false)) == nil {
      // The nearest directory that is there decides.
      var above = named.directory
      while (try? above.status()) == nil, above.directory != above { above = above.directory }
      try refuseBelowInput(try Self.resolved(above, path), path)
      return
    }
    guard (try? named.status())?.kind == .directory else {
      throw OutputError(.cannotWrite, "cannot write to '\(path)': it is no directory; give another name")
    }
    try refuseBelowInput(try Self.resolved(named, path), path)
  }

  /// - Parameter place: where the file will be, when a link leads there.
  private func planNew(_ path: String, at place: String? = nil) throws -> PlannedOutput {
    let named = EvidencePath(place ?? path)
    let above = try Self.resolved(named.directory, path)
    guard (try? above.status())?.kind == .directory else {
      throw OutputError(.cannotWrite, "cannot write '\(path)': '\(above)' is no directory; give another name")
    }
    let name = named.bytes.split(separator: UInt8(ascii: "/")).last ?? []
    guard name.count <= 255 else {
      throw OutputError(.cannotWrite, "cannot write '\(path)': its name has more than 255 bytes; give a shorter one")
    }
    let real = above.appending(Array(name))
    if let path = cases.first(where: { Self.isCompanion(real, of: $0) }) {
      throw Self.refusal(real.description, "what SQLite keeps beside the case '\(path)'")
    }
    try refuseBelowInput(above, path)
    try Self.checkDirectory(above, path)
    return PlannedOutput(name: path, place: .file(real, replacing: nil))
  }

  private func plan(descriptor: Int32, called name: String) throws -> PlannedOutput {
    if let (kind, identity) = OutputCalls.status(descriptor), kind == OutputCalls.regularFile,
      let what = try protected(EvidencePath("/dev/fd/\(descriptor)"), identity)
    {
      throw OutputError(.protected, "cannot write to \(name): it leads to \(what); send the output elsewhere")
    }
    return PlannedOutput(name: name, place: .descriptor(descriptor))
  }

  /// The descriptor that a path of `/dev` names.
  private static func descriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        return Int32(path.dropFirst(prefix.count))
      }
      return nil
    }
  }

  /// Where links lead whose last target is not there: a new file comes there.
  private static func destination(_ link: String) throws(OutputError) -> String {
    var path = link
    for _ in 0..<32 {
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
      let base = String(decoding: EvidencePath(path).directory.bytes, as: UTF8.self)
      path = next.hasPrefix("/") ? next : "\(base)/\(next)"
    }
    throw OutputError(.cannotWrite, "cannot write '\(link)': the links lead in a circle; give another name")
  }

  private static func refusal(_ path: String, _ what: String) -> OutputError {
    OutputError(.protected, "cannot write '\(path)': it is \(what), which is never overwritten; give another name")
  }

  private static func resolved(_ path: EvidencePath, _ name: String) throws(OutputError) -> EvidencePath {
    do { return try path.resolved() } catch {
      throw OutputError(.cannotWrite, "cannot write '\(name)': \(error); give another name")
    }
  }

  private static func checkDirectory(_ directory: EvidencePath, _ name: String) throws(OutputError) {
    do { try OutputCalls.mayWrite(in: String(decoding: directory.bytes, as: UTF8.self)) } catch {
      throw OutputError(
        .cannotWrite, "cannot write '\(name)': no file can be made in '\(directory)' (\(error)); give another directory"
      )
    }
  }

  // MARK: What is protected

  private func refuseBelowInput(_ directory: EvidencePath, _ path: String) throws(OutputError) {
    for input in inputs {
      guard let status = try? input.path.status(), status.kind == .directory, let real = try? input.path.resolved(),
        directory == real || directory.isBelow(real)
      else { continue }
      throw OutputError(
        .protected,
        "cannot write '\(path)': it would lie in '\(input.path)', which is \(input.what), and nothing is written there; give a place outside"
      )
    }
  }

  private func protected(_ real: EvidencePath, _ status: FileStatus) throws -> String? {
    try refuseBelowInput(real.directory, real.description)
    return try protected(real, FileIdentity(status))
  }

  /// What a file is that must not be written to; `nil` where it may.
  private func protected(_ file: EvidencePath, _ identity: FileIdentity) throws -> String? {
    let inputs = findings.inputs ?? inputFiles()
    findings.inputs = inputs
    if let what = inputs[identity] { return what }
    let cases = try findings.cases ?? self.cases.map { try CaseFiles($0) }
    findings.cases = cases
    for known in cases { if let what = known.known(file, identity) { return what } }
    return nil
  }

  /// All files that are inputs or belong to a case, and what they are.
  private func inputFiles() -> [FileIdentity: String] {
    var files: [FileIdentity: String] = [:]
    for input in inputs {
      guard let status = try? input.path.status() else { continue }
      files[FileIdentity(status)] = "\(input.what) '\(input.path)'"
      guard status.kind == .directory else { continue }
      for inside in EvidenceWalk.plan([input.path]) where inside.problem == nil {
        if let identity = FileIdentity(inside.path) { files[identity] = "'\(inside.path)' of \(input.what)" }
      }
    }
    for path in cases {
      for name in Self.companions {
        if let identity = FileIdentity(EvidencePath(path + name)) {
          files[identity] = "what SQLite keeps beside the case '\(path)'"
        }
      }
      if let identity = FileIdentity(EvidencePath(path)) { files[identity] = "the case '\(path)'" }
    }
    return files
  }

  /// Whether a path is one that SQLite uses beside a case.
  private static func isCompanion(_ real: EvidencePath, of path: String) -> Bool {
    guard let database = try? EvidencePath(path).resolved() else { return false }
    return companions.contains { real.bytes == database.bytes + Array($0.utf8) }
  }
}
