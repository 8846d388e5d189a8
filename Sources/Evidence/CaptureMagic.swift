/// What tells the rarer capture formats.
extension ContentKind {
  /// A capture that is neither pcap nor pcapng; `nil` for anything else.
  static func rareCapture(_ prefix: [UInt8]) -> Self? {
    let kinds: [(String, Self)] = [
      ("snoop\0\0\0", .snoop), ("RTSS", .netmon), ("GMBU", .netmon), ("XCP\0", .netxray), ("VL\0\0", .netxray),
      ("iptrace 1.0", .iptrace), ("iptrace 2.0", .iptrace),
    ]
    if let found = kinds.first(where: { prefix.starts(with: $0.0.utf8) }) { return found.1 }
    return ERFRecord.begins(prefix) ? .erf : nil
  }
}

/// What every record of Endace's format has, which has no magic number.
package enum ERFRecord {
  /// Whether a type is in use.
  package static func isKnown(_ type: UInt8) -> Bool {
    switch type {
    case 1...25, 27...29, 48: true
    default: false
    }
  }

  /// Whether a type is one of counters, metadata or padding.
  package static func isWithoutPacket(_ type: UInt8) -> Bool { type == 13 || type == 14 || type == 27 || type == 48 }

  /// Records that have to make sense before a stream is believed.
  private static let recordsNeeded = 3

  /// Whether a stream begins with records whose types, lengths and times make sense: three, or two that fill a long
  /// prefix, or fewer that end where the stream ends. What stands behind three may be damaged.
  static func begins(_ prefix: [UInt8]) -> Bool {
    var offset = 0
    var records = 0
    var last: UInt64?
    while offset < prefix.count {
      guard offset + 16 <= prefix.count else { break }
      let seconds = prefix[offset + 4..<offset + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let type = prefix[offset + 8] & 0x7f
      let length = Int(prefix[offset + 10]) << 8 | Int(prefix[offset + 11])
      guard isKnown(type), length >= 16 else { return records >= recordsNeeded }
      if type != 48 {
        guard length > 16, prefix[offset + 14] | prefix[offset + 15] != 0 else { return records >= recordsNeeded }
        // Interfaces are merged, so that a second back is no fault; a year ahead is.
        if let last, seconds + 1 < last || seconds > last + 31_536_000 {
          return records >= recordsNeeded
        }
        last = seconds
      }
      offset += length
      records += 1
    }
    if records == 0 || last == nil { return false }
    return records >= recordsNeeded || offset == prefix.count
      || records == 2 && prefix.count >= ContentKind.longPrefixLength
  }
}
