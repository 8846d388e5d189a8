/// What a stream holds, told by its first bytes and never by its name.
package enum ContentKind: String, Sendable, CaseIterable {
  case gzip, zstd, xz, bzip2, lz4, lzip, lzma, compress
  case tar, zip, sevenZip = "7z", cpio, rar, cab, iso9660, ar, xar, warc
  case pcap, pcapng
  case snoop, erf, netmon, netxray, iptrace
  case unknown

  /// Bytes needed to tell nearly every kind apart: the length of a tar header.
  package static let prefixLength = 512
  /// Bytes needed to tell an ISO 9660 image, whose first 32 KiB are anybody's (ECMA-119 section 6.2.1).
  package static let longPrefixLength = 32_768 + 6

  package var isCompression: Bool {
    switch self {
    case .gzip, .zstd, .xz, .bzip2, .lz4, .lzip, .lzma, .compress: true
    default: false
    }
  }

  package var isCapture: Bool {
    switch self {
    case .pcap, .pcapng, .snoop, .erf, .netmon, .netxray, .iptrace: true
    default: false
    }
  }

  package var isArchive: Bool {
    switch self {
    case .tar, .zip, .sevenZip, .cpio, .rar, .cab, .iso9660, .ar, .xar, .warc: true
    default: false
    }
  }

  /// - Parameter prefix: the first `prefixLength` bytes, or `longPrefixLength` for a second look at what is unknown by
  ///   them, or all there are.
  package init(prefix: [UInt8]) {
    func starts(_ magic: [UInt8], at offset: Int = 0) -> Bool { prefix.dropFirst(offset).starts(with: magic) }
    if starts([0x1f, 0x8b]) {
      self = .gzip
    } else if starts([0x28, 0xb5, 0x2f, 0xfd]) || Self.isSkippableFrame(prefix) {
      self = .zstd
    } else if starts([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
      self = .xz
    } else if starts(Array("BZh".utf8)) {
      self = .bzip2
    } else if starts([0x04, 0x22, 0x4d, 0x18]) {
      self = .lz4
    } else if starts(Array("LZIP".utf8) + [1]) {
      self = .lzip
    } else if starts([0x1f, 0x9d]), prefix.count > 2, (9...16).contains(prefix[2] & 0x1f) {
      self = .compress
    } else if starts([0x50, 0x4b, 0x03, 0x04]) || starts([0x50, 0x4b, 0x05, 0x06]) {
      self = .zip
    } else if starts([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]) {
      self = .sevenZip
    } else if starts(Array("Rar!".utf8) + [0x1a, 0x07, 0x00]) || starts(Array("Rar!".utf8) + [0x1a, 0x07, 0x01, 0x00]) {
      self = .rar
    } else if starts(Array("MSCF".utf8) + [0, 0, 0, 0]) {
      self = .cab
    } else if starts(Array("xar!".utf8)) {
      self = .xar
    } else if starts(Array("!<arch>\n".utf8)) {
      self = .ar
    } else if starts(Array("WARC/1.".utf8)) || starts(Array("WARC/0.".utf8)) {
      self = .warc
    } else if starts(Array("ustar".utf8), at: 257) || Self.hasTarChecksum(prefix) {
      self = .tar
    } else if starts(Array("070701".utf8)) || starts(Array("070702".utf8)) || starts(Array("070707".utf8)) {
      self = .cpio
    } else if starts([0x0a, 0x0d, 0x0d, 0x0a]) {
      self = .pcapng
    } else if Self.pcapMagics.contains(where: { starts($0) || starts($0.reversed()) }) {
      self = .pcap
    } else if starts([0x43, 0x44, 0x30, 0x30, 0x31], at: 32_769) {
      self = .iso9660
    } else if Self.isLzmaHeader(prefix) {
      self = .lzma
    } else {
      self = Self.rareCapture(prefix) ?? .unknown
    }
  }

  /// Classic pcap in microseconds, nanoseconds, Kuznetsov's variant with longer record headers, and IXIA's two.
  private static let pcapMagics: [[UInt8]] = [
    [0xa1, 0xb2, 0xc3, 0xd4], [0xa1, 0xb2, 0x3c, 0x4d], [0xa1, 0xb2, 0xcd, 0x34], [0x1c, 0x00, 0x01, 0xac],
    [0x1c, 0x00, 0x01, 0xab],
  ]

  /// A tar from before POSIX has no magic, and a checksum in octal at offset 148: the sum of the header's bytes with the
  /// checksum's own eight taken for spaces.
  private static func hasTarChecksum(_ prefix: [UInt8]) -> Bool {
    guard prefix.count >= 512, prefix[0] != 0 else { return false }
    let digits = prefix[148..<156].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard digits.count >= 3 else { return false }
    let stored = digits.reduce(0) { $0 << 3 | Int($1 & 7) }
    let sum = prefix[..<512].enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
    return stored == sum
  }

  /// The .lzma format has no magic. What its encoders write: properties 0x5d, a dictionary of two to the n or one and a half
  /// times that, and a length that is unknown (all ones) or below 256 GiB.
  private static func isLzmaHeader(_ prefix: [UInt8]) -> Bool {
    guard prefix.count > 13, prefix[0] == 0x5d, prefix[13] == 0 else { return false }
    let dictionary = prefix[1...4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let length = prefix[5...12].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let top = dictionary.leadingZeroBitCount
    guard dictionary >= 4096, (dictionary << top) & 0x3fff_ffff == 0 else { return false }
    return length == .max || length < 1 << 38
  }

  /// A zstd file may begin with a skippable frame (RFC 8878 section 3.1.2): 0x184D2A50 to 0x184D2A5F, little-endian.
  private static func isSkippableFrame(_ prefix: [UInt8]) -> Bool {
    prefix.count >= 4 && prefix[0] & 0xf0 == 0x50 && prefix[1...3].elementsEqual([0x2a, 0x4d, 0x18])
  }
}

extension ContentKind {
  /// Whether a format such as `gzip+tar` ends in an archive.
  package static func isArchiveFormat(_ format: String) -> Bool {
    format.split(separator: "+").last.flatMap { ContentKind(rawValue: String($0)) }?.isArchive ?? false
  }
}
