/// What is known to hold no packets and often lies beside captures: notes, checksums, images, documents, programs. Such a
/// file is listed and hashed, and is no damage.
///
/// Where a capture's first bytes were damaged, nothing here must answer: text is looked at to its last byte, and what else is
/// known has a magic number of some length. Disk images and memory dumps are left out, since there are packets in them.
package enum OrdinaryContent: String, Sendable, CaseIterable {
  case text
  case pdf, ole, png, jpeg, gif, bmp, tiff, riff, isoMedia = "mp4", mp3, ogg, flac
  case elf, exe, machO = "macho", javaClass = "class", wasm
  case sqlite, eventLog = "evtx", journal, registry, shortcut = "lnk", appleDouble = "appledouble", finder = "ds_store"

  /// - Parameter prefix: the first `ContentKind.longPrefixLength` bytes, or all there are.
  /// - Returns: `nil` for what is not known; `text` for what may be text, as far as the prefix tells.
  init?(prefix: [UInt8]) {
    func starts(_ magic: [UInt8], at offset: Int = 0) -> Bool { prefix.dropFirst(offset).starts(with: magic) }
    if let (found, _, _) = Self.magics.first(where: { starts($0.magic, at: $0.offset) }) {
      self = found
    } else if starts(Array("MZ".utf8)), Self.hasPortableExecutable(prefix) {
      self = .exe
    } else if starts(Array("BM".utf8)), prefix.count >= 54, prefix[6..<10].allSatisfy({ $0 == 0 }),
      prefix[14..<18].elementsEqual([40, 0, 0, 0])
    {
      self = .bmp
    } else {
      var text = TextCheck()
      text.add(prefix)
      guard text.mayBeText else { return nil }
      self = .text
    }
  }

  private static let magics: [(kind: Self, offset: Int, magic: [UInt8])] = [
    (.pdf, 0, Array("%PDF-".utf8)), (.ole, 0, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
    (.png, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), (.jpeg, 0, [0xff, 0xd8, 0xff, 0xe0]),
    (.jpeg, 0, [0xff, 0xd8, 0xff, 0xe1]), (.jpeg, 0, [0xff, 0xd8, 0xff, 0xdb]), (.gif, 0, Array("GIF87a".utf8)),
    (.gif, 0, Array("GIF89a".utf8)), (.tiff, 0, [0x49, 0x49, 0x2a, 0x00]), (.tiff, 0, [0x4d, 0x4d, 0x00, 0x2a]),
    (.riff, 8, Array("WEBP".utf8)), (.riff, 8, Array("WAVEfmt ".utf8)), (.riff, 8, Array("AVI LIST".utf8)),
    (.isoMedia, 4, Array("ftyp".utf8)), (.mp3, 0, Array("ID3".utf8) + [3, 0]), (.mp3, 0, Array("ID3".utf8) + [4, 0]),
    (.ogg, 0, Array("OggS".utf8) + [0]), (.flac, 0, Array("fLaC".utf8)), (.elf, 0, Array("\u{7f}ELF".utf8)),
    (.machO, 0, [0xcf, 0xfa, 0xed, 0xfe]), (.javaClass, 0, [0xca, 0xfe, 0xba, 0xbe]), (.wasm, 0, Array("\0asm".utf8)),
    (.sqlite, 0, Array("SQLite format 3\0".utf8)), (.eventLog, 0, Array("ElfFile\0".utf8)),
    (.journal, 0, Array("LPKSHHRH".utf8)), (.registry, 0, Array("regf".utf8)),
    (.shortcut, 0, [0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0]), (.appleDouble, 0, [0, 5, 0x16, 7, 0, 2, 0, 0]),
    (.finder, 0, [0, 0, 0, 1] + Array("Bud1".utf8)),
  ]

  /// The letters `MZ` alone are too few: where the header says that the newer one is, it has to be.
  private static func hasPortableExecutable(_ prefix: [UInt8]) -> Bool {
    guard prefix.count >= 64 else { return false }
    let offset = prefix[60..<64].reversed().reduce(0) { $0 << 8 | Int($1) }
    return prefix.dropFirst(offset).starts(with: Array("PE\0\0".utf8))
  }
}

/// Whether bytes are text, chunk by chunk: UTF-8, UTF-16 with its mark, or a code page that is mostly ASCII, and no control
/// characters but those of lines, tabs and terminals.
struct TextCheck {
  private enum Encoding { case undecided, bytes, littleEndian, bigEndian }
  private var encoding = Encoding.undecided
  private var hasControl = false
  private var isUTF8 = true
  /// Continuation bytes that the last character still needs.
  private var awaited = 0
  private var count = 0, highCount = 0
  /// The first byte of a UTF-16 unit, or of the first two bytes of all.
  private var carried: UInt8?

  /// Whether nothing so far speaks against it; the end may be in the middle of a character.
  var mayBeText: Bool {
    if encoding == .undecided { return carried.map { $0 < 0x7f && ($0 >= 0x20 || $0 == 10) } ?? false }
    return !hasControl && (isUTF8 || highCount * 4 <= count)
  }
  /// Whether it was text, now that it has ended.
  var isText: Bool { mayBeText && (encoding == .bytes || encoding == .undecided || carried == nil) }

  mutating func add(_ chunk: [UInt8]) {
    for byte in chunk where !hasControl {
      switch encoding {
      case .bytes: take(byte)
      case .undecided:
        guard let first = carried else {
          carried = byte
          continue
        }
        carried = nil
        switch (first, byte) {
        case (0xff, 0xfe): encoding = .littleEndian
        case (0xfe, 0xff): encoding = .bigEndian
        default:
          encoding = .bytes
          take(first)
          take(byte)
        }
        if encoding != .bytes { count = 2 }
      case .littleEndian, .bigEndian:
        guard let first = carried else {
          carried = byte
          continue
        }
        carried = nil
        count += 2
        let unit = encoding == .littleEndian ? UInt16(byte) << 8 | UInt16(first) : UInt16(first) << 8 | UInt16(byte)
        if unit < 0x20 { takeControl(UInt8(unit)) }
        if unit == 0xffff || unit == 0xfffe { hasControl = true }
      }
    }
  }

  private mutating func take(_ byte: UInt8) {
    count += 1
    if byte < 0x80 {
      if awaited > 0 { isUTF8 = false }
      awaited = 0
      if byte < 0x20 || byte == 0x7f { takeControl(byte) }
      return
    }
    highCount += 1
    switch byte {
    case 0x80..<0xc0 where awaited > 0: awaited -= 1
    case 0xc2..<0xe0 where awaited == 0: awaited = 1
    case 0xe0..<0xf0 where awaited == 0: awaited = 2
    case 0xf0..<0xf5 where awaited == 0: awaited = 3
    default:
      isUTF8 = false
      awaited = 0
    }
  }

  /// Backspace, tab, line feed, form feed, carriage return and escape are in texts.
  private mutating func takeControl(_ byte: UInt8) {
    if ![8, 9, 10, 12, 13, 27].contains(byte) { hasControl = true }
  }
}
