import CArchive
import Glibc
import Records

/// A file inside an archive.
struct ArchiveMember {
  /// The name as stored: bytes, which need not be text, and need not be a path that is safe to write to.
  var name: [UInt8]
  var isRegularFile: Bool
  /// Bytes of a directory or device, which has none by its kind and whose bytes libarchive does not give.
  var hiddenBytes: Int
  var isEncrypted: Bool
  /// What libarchive warns of in the member's header, or in what it passed over on the way to it.
  var warning: String?
}

/// Reads an archive, or a compressed stream, through libarchive, which pulls its input from a `ByteStream`.
/// The only file that imports libarchive.
@safe final class LibArchive {
  private let handle: OpaquePointer?
  private let feed: Feed
  private let locale = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)
  private let kind: ContentKind
  /// Bytes of the current member handed out so far.
  private var position = 0
  /// A block that libarchive gave ahead of a hole: where the hole ends, and the bytes behind it.
  private var pending: (hole: Int, bytes: [UInt8])?
  private var hasMemberEnded = false
  /// Why the archive cannot be followed any further.
  private(set) var damage: String?
  /// Why the current member cannot be read any further; the next one may be.
  private(set) var memberDamage: String?
  /// What libarchive warns of in the bytes of the current member, such as a checksum that is not theirs; they are handed out
  /// all the same.
  private(set) var memberWarning: String?

  /// Bytes pulled ahead for libarchive, which wants them at an address that stays put until it asks again.
  @safe private final class Feed {
    let source: any ByteStream
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: EvidenceFile.chunkSize, alignment: 16)
    var rest: ArraySlice<UInt8> = []
    var damage: StreamDamage?
    /// The last two parts given, and how many bytes were given in all.
    private(set) var last: [ArraySlice<UInt8>] = []
    private(set) var given = 0

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
      last = last.suffix(1) + [part]
      given += part.count
      return part.count
    }

    /// Reads on to the source's end.
    ///
    /// - Parameter position: up to where libarchive has come.
    /// - Returns: where the first byte from there on lies that is not zero, and how many bytes there are from it to the end.
    func remainder(from position: Int) throws(StreamDamage) -> (offset: Int, count: Int)? {
      var offset = given - min(max(0, given - position), last.reduce(0) { $0 + $1.count })
      var parts = [ArraySlice(last.joined().suffix(given - offset)), rest]
      var first: Int?
      while true {
        for part in parts {
          if first == nil, let index = part.firstIndex(where: { $0 != 0 }) { first = offset + index - part.startIndex }
          offset += part.count
        }
        guard let chunk = try source.next() else { break }
        parts = [chunk[...]]
      }
      return first.map { ($0, offset - $0) }
    }

    /// - Parameter whence: what `offset` counts from, as in `lseek`: 0 the beginning, 1 here, 2 the end.
    /// - Returns: the new position, or -1.
    func seek(_ offset: Int64, whence: Int32) -> Int64 {
      guard let stream = source as? SeekableStream else { return -1 }
      let base =
        switch whence {
        case 0: 0
        case 1: stream.position - rest.count
        default: stream.byteCount
        }
      let (target, overflow) = Int64(base).addingReportingOverflow(offset)
      guard !overflow, target >= 0 else { return -1 }
      rest = []
      stream.seek(to: Int(target))
      return target
    }
  }

  /// - Parameters:
  ///   - source: a `SeekableStream` where the format needs one.
  ///   - kind: the only format libarchive is told of: it is not asked to guess.
  init(_ source: any ByteStream, _ kind: ContentKind, passwords: [String] = []) {
    feed = Feed(source)
    self.kind = kind
    unsafe handle = archive_read_new()
    switch kind {
    case .tar: _ = unsafe archive_read_support_format_tar(handle)
    // Both ways through a zip must number its members alike, so its directory at the end is used in neither.
    case .zip: _ = unsafe archive_read_support_format_zip_streamable(handle)
    case .cpio: _ = unsafe archive_read_support_format_cpio(handle)
    case .sevenZip: _ = unsafe archive_read_support_format_7zip(handle)
    case .rar:
      _ = unsafe archive_read_support_format_rar(handle)
      _ = unsafe archive_read_support_format_rar5(handle)
    case .cab: _ = unsafe archive_read_support_format_cab(handle)
    case .iso9660: _ = unsafe archive_read_support_format_iso9660(handle)
    case .ar: _ = unsafe archive_read_support_format_ar(handle)
    case .xar: _ = unsafe archive_read_support_format_xar(handle)
    case .warc: _ = unsafe archive_read_support_format_warc(handle)
    default:
      _ = unsafe archive_read_support_filter_compress(handle)
      _ = unsafe archive_read_support_format_raw(handle)
    }
    for password in passwords { _ = unsafe archive_read_add_passphrase(handle, password) }
    let context = unsafe Unmanaged.passUnretained(feed).toOpaque()
    _ = unsafe archive_read_set_callback_data(handle, context)
    _ = unsafe archive_read_set_read_callback(handle) { _, context, out in
      guard let context = unsafe context, let out = unsafe out else { return -1 }
      let feed = unsafe Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue()
      unsafe out.pointee = UnsafeRawPointer(feed.buffer.baseAddress)
      return feed.fill()
    }
    if source is SeekableStream {
      _ = unsafe archive_read_set_seek_callback(handle) { _, context, offset, whence in
        guard let context = unsafe context else { return -1 }
        return unsafe Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue().seek(offset, whence: whence)
      }
    }
    if unsafe archive_read_open1(handle) < ARCHIVE_WARN { damage = reason() }
  }

  deinit {
    unsafe archive_read_free(handle)
    unsafe locale.map { unsafe freelocale($0) }
  }

  /// The next file in the archive; `nil` at the end, or where the archive cannot be followed (see `damage`).
  func nextMember() -> ArchiveMember? {
    guard damage == nil else { return nil }
    (memberDamage, memberWarning, position, pending, hasMemberEnded) = (nil, nil, 0, nil, false)
    // Names stored as UTF-16 or UTF-8 become UTF-8 whatever the locale of the examiner.
    let before = unsafe uselocale(locale)
    defer { _ = unsafe uselocale(before) }
    var entry: OpaquePointer?
    var warning: String?
    var result = unsafe archive_read_next_header(handle, &entry)
    // A header that does not check out: the next good one is looked for.
    while result == ARCHIVE_RETRY {
      warning = warning ?? reason()
      result = unsafe archive_read_next_header(handle, &entry)
    }
    guard result == ARCHIVE_OK || result == ARCHIVE_WARN, let entry = unsafe entry else {
      damage = result == ARCHIVE_EOF ? warning : warning ?? reason()
      return nil
    }
    if result == ARCHIVE_WARN { warning = warning ?? reason() }
    let name = unsafe archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry)
    let bytes = unsafe name.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
    // libarchive's file type constants are macros Swift cannot see; the values are those of `S_IFREG` and `S_IFLNK`. Some
    // writers of ar leave the type out.
    let type = unsafe archive_entry_filetype(entry)
    let isRegular = type == 0 || type == 0o100000 || kind.isCompression
    let canHide = !isRegular && type != 0o120000 && (kind == .zip || kind == .cpio)
    return ArchiveMember(
      name: bytes, isRegularFile: isRegular, hiddenBytes: canHide ? Int(unsafe archive_entry_size(entry)) : 0,
      isEncrypted: unsafe archive_entry_is_encrypted(entry) != 0, warning: warning)
  }

  /// What lies behind the end of the archive, once the last member was met: where the first byte lies that is not zero, and
  /// how many bytes there are from it on. `nil` where there is nothing, and for formats whose end libarchive does not tell.
  func remainder() throws(StreamDamage) -> (offset: Int, count: Int)? {
    guard damage == nil, kind == .tar || kind == .cpio else { return nil }
    return try feed.remainder(from: Int(unsafe archive_filter_bytes(handle, 0)))
  }

  /// The next bytes of the current member; `nil` at its end, or where they cannot be had (see `memberDamage`).
  /// Holes in it are zeros.
  func nextBlock() -> [UInt8]? {
    while damage == nil, memberDamage == nil {
      if let (hole, bytes) = pending {
        if position < hole { return advance([UInt8](repeating: 0, count: min(hole - position, decodedChunkSize))) }
        pending = nil
        if !bytes.isEmpty { return advance(bytes) }
      }
      if hasMemberEnded { return nil }
      pullBlock()
    }
    return nil
  }

  private func advance(_ block: [UInt8]) -> [UInt8] {
    position += block.count
    return block
  }

  /// Asks for one block: libarchive's call that fills a buffer drops what it has when damage follows.
  private func pullBlock() {
    var start: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    let result = unsafe archive_read_data_block(handle, &start, &count, &offset)
    switch result {
    case ARCHIVE_EOF:
      hasMemberEnded = true
      // What a sparse file's map leaves out at its end; only tar's reader tells where that is.
      pending = (kind == .tar ? max(position, Int(offset)) : position, [])
    case ARCHIVE_OK, ARCHIVE_WARN:
      if result == ARCHIVE_WARN { memberWarning = memberWarning ?? reason() }
      let bytes = unsafe start.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: count)) } ?? []
      pending = (max(position, Int(offset)), bytes)
    default:
      memberDamage = reason()
      if result == ARCHIVE_FATAL { damage = memberDamage }
    }
  }

  /// The damage below libarchive, where that was the cause.
  var sourceDamage: StreamDamage? { feed.damage }

  private func reason() -> String {
    unsafe archive_error_string(handle).map { unsafe String(cString: $0) } ?? "unknown error"
  }
}
