import CArchive
import Records

/// A file inside an archive.
struct ArchiveMember {
  /// The name as stored: bytes, which need not be text, and need not be a path that is safe to write to.
  var name: [UInt8]
  var isRegularFile: Bool
}

/// Reads an archive, or one compressed stream, through libarchive, which pulls its input from a `ByteStream`.
/// The only file that imports libarchive.
@safe final class LibArchive {
  enum Mode {
    /// tar, zip and cpio, without compression around them: that is a stream of its own.
    case archive(passwords: [String])
    /// xz, bzip2 or lz4 around anything.
    case compression
  }

  private let handle: OpaquePointer?
  private let feed: Feed
  private var isInsideMember = false
  /// Why the archive cannot be followed any further.
  private(set) var damage: String?
  /// Why the current member cannot be read any further; the next one may be.
  private(set) var memberDamage: String?

  /// Bytes pulled ahead for libarchive, which wants them at an address that stays put until it asks again.
  @safe private final class Feed {
    let source: any ByteStream
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: EvidenceFile.chunkSize, alignment: 16)
    var rest: ArraySlice<UInt8> = []
    var damage: StreamDamage?

    init(_ source: any ByteStream) { self.source = source }
    deinit { unsafe buffer.deallocate() }

    func fill() -> Int {
      if rest.isEmpty {
        do throws(StreamDamage) {
          rest = try source.next()?[...] ?? []
        } catch {
          damage = error
          return -1
        }
      }
      let part = unsafe rest.prefix(buffer.count)
      unsafe buffer.copyBytes(from: part)
      rest = rest.dropFirst(part.count)
      return part.count
    }
  }

  init(_ source: any ByteStream, _ mode: Mode) {
    feed = Feed(source)
    unsafe handle = archive_read_new()
    switch mode {
    case .archive(let passwords):
      _ = unsafe archive_read_support_format_tar(handle)
      _ = unsafe archive_read_support_format_zip(handle)
      _ = unsafe archive_read_support_format_cpio(handle)
      for password in passwords { _ = unsafe archive_read_add_passphrase(handle, password) }
    case .compression:
      _ = unsafe archive_read_support_filter_xz(handle)
      _ = unsafe archive_read_support_filter_bzip2(handle)
      _ = unsafe archive_read_support_filter_lz4(handle)
      _ = unsafe archive_read_support_format_raw(handle)
    }
    let context = unsafe Unmanaged.passUnretained(feed).toOpaque()
    let result = unsafe archive_read_open2(
      handle, context, nil,
      { _, context, out in
        guard let context = unsafe context, let out = unsafe out else { return -1 }
        let feed = unsafe Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue()
        unsafe out.pointee = UnsafeRawPointer(feed.buffer.baseAddress)
        return feed.fill()
      }, nil, nil)
    if result < ARCHIVE_WARN { damage = reason() }
  }

  deinit { unsafe archive_read_free(handle) }

  /// The next file in the archive; `nil` at the end, or where the archive cannot be followed (see `damage`).
  func nextMember() -> ArchiveMember? {
    guard damage == nil else { return nil }
    memberDamage = nil
    var entry: OpaquePointer?
    let result = unsafe archive_read_next_header(handle, &entry)
    if result == ARCHIVE_EOF { return nil }
    guard result >= ARCHIVE_WARN, let entry = unsafe entry else {
      damage = reason()
      return nil
    }
    let name = unsafe archive_entry_pathname(entry).map { unsafe Array(String(cString: $0).utf8) } ?? []
    // libarchive's file type constants are macros Swift cannot see; the value is that of `S_IFREG`.
    let isRegular = unsafe archive_entry_filetype(entry) == 0o100000
    return ArchiveMember(name: name, isRegularFile: isRegular || name == Array("data".utf8))
  }

  /// The next bytes of the current member; `nil` at its end, or where they cannot be had (see `memberDamage`).
  func nextBlock() -> [UInt8]? {
    guard damage == nil, memberDamage == nil else { return nil }
    var failure = 0
    let block = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, initialized in
      while initialized < buffer.count {
        let got = unsafe archive_read_data(
          handle, buffer.baseAddress.map { unsafe $0 + initialized }, buffer.count - initialized)
        if got < 0 { failure = got }
        if got <= 0 { break }
        initialized += got
      }
    }
    if failure < 0 { memberDamage = reason() }
    if failure == Int(ARCHIVE_FATAL) { damage = memberDamage }
    return block.isEmpty ? nil : block
  }

  /// The damage below libarchive, where that was the cause.
  var sourceDamage: StreamDamage? { feed.damage }

  private func reason() -> String {
    unsafe archive_error_string(handle).map { unsafe String(cString: $0) } ?? "unknown error"
  }
}

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

  /// xz, bzip2 or lz4, decompressed.
  static func decompressing(_ source: any ByteStream, name: String) -> LibArchiveStream {
    let archive = LibArchive(source, .compression)
    let isEmpty = archive.nextMember() == nil && archive.damage == nil
    return LibArchiveStream(archive, hasEnded: isEmpty) { reason, offset in
      Problem(
        .damagedCompression, offset: offset,
        message:
          "the \(name) data is damaged or breaks off (\(reason)); the \(offset) bytes decompressed before it were kept; ask for another copy of the file"
      )
    }
  }

  /// The archive's current member.
  static func member(of archive: LibArchive, name: String) -> LibArchiveStream {
    LibArchiveStream(archive, hasEnded: false) { reason, offset in
      Problem(
        .damagedArchive, offset: offset,
        message:
          "the archive member '\(name)' cannot be read beyond byte \(offset) (\(reason)); what came before it was kept; if it is encrypted, give its password with --password-file"
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
