import Records

/// The directory at the end of a zip archive (APPNOTE.TXT sections 4.3.12 to 4.3.16), held to the members in front of it.
///
/// Members are read as they come, from front to back. What that cannot see is found here: a member whose header is damaged and
/// was passed over, bytes between members and behind the end, and a directory that has other names, sizes or checksums.
struct ZipDirectory {
  /// Something that does not agree.
  struct Finding: Equatable {
    var what: String
    var offset: Int?
    var bytesLost = 0
  }

  private(set) var findings: [Finding] = []
  private let bytes: any RandomAccess
  private let limit: Int
  private var entries: [Entry] = []
  private var start = 0
  /// How many findings are told one by one.
  private let findingLimit = 20

  private struct Entry {
    var name: [UInt8]
    var flags: Int
    var checksum: UInt32
    var compressed: Int, offset: Int
    var text: String { EvidencePath.text(name) }
  }

  /// - Parameter limit: members looked at, at the most.
  init(_ bytes: any RandomAccess, limit: Int) {
    self.bytes = bytes
    self.limit = limit
  }

  /// - Parameter memberCount: members that were met from front to back.
  mutating func compare(memberCount: Int) throws(StreamDamage) {
    guard let end = try findEnd() else {
      return note("there is no directory at its end", at: nil)
    }
    try readEntries(end)
    if entries.count != min(memberCount, limit) || end.count != entries.count {
      note(
        "its directory has \(entries.count) members, its end says \(end.count), and \(memberCount) were met from front to back",
        at: start)
    }
    entries.sort { $0.offset < $1.offset }
    try compareMembers()
  }

  private mutating func note(_ what: String, at offset: Int?, bytesLost: Int = 0) {
    if findings.count == findingLimit { findings.append(Finding(what: "and more of the kind", offset: offset)) }
    if findings.count < findingLimit { findings.append(Finding(what: what, offset: offset, bytesLost: bytesLost)) }
  }

  // MARK: The end

  private struct End {
    var count: Int, size: Int, offset: Int
    /// Where the record of the end itself begins, or its larger one.
    var position: Int
  }

  private mutating func findEnd() throws(StreamDamage) -> End? {
    let length = min(bytes.byteCount, 22 + 65_535)
    // Bytes behind the archive may be longer than any comment: they are looked through up to a bound.
    for window in [length, min(bytes.byteCount, 16 << 20)] {
      let base = bytes.byteCount - window
      let tail = try read(base, window)
      var index = tail.count - 22
      while index >= 0 {
        if tail[index] == 0x50, Self.signature(tail, index) == 0x0605_4b50 {
          let commentEnd = index + 22 + Self.short(tail, index + 20)
          if commentEnd <= tail.count { return try end(tail, index, base: base, commentEnd: base + commentEnd) }
        }
        index -= 1
      }
    }
    return nil
  }

  private mutating func end(_ tail: [UInt8], _ index: Int, base: Int, commentEnd: Int) throws(StreamDamage) -> End {
    if commentEnd < bytes.byteCount {
      let rest = bytes.byteCount - commentEnd
      note("there are \(rest) bytes behind its end, which were not read", at: commentEnd, bytesLost: rest)
    }
    var found = End(
      count: Self.short(tail, index + 10), size: Self.long(tail, index + 12), offset: Self.long(tail, index + 16),
      position: base + index)
    // A larger record stands before, where a locator says so.
    let locator = try read(base + index - 20, 20)
    if locator.count == 20, Self.signature(locator, 0) == 0x0706_4b50, let at = Self.longLong(locator, 8) {
      let record = try read(at, 56)
      if record.count == 56, Self.signature(record, 0) == 0x0606_4b50, let count = Self.longLong(record, 32),
        let size = Self.longLong(record, 40), let offset = Self.longLong(record, 48)
      {
        found = End(count: count, size: size, offset: offset, position: at)
      }
    }
    return found
  }

  // MARK: Entries

  private mutating func readEntries(_ end: End) throws(StreamDamage) {
    let (expected, overflow) = end.offset.addingReportingOverflow(end.size)
    if overflow || expected != end.position {
      note(
        "its directory is said to end at byte \(overflow ? .max : expected) and ends at \(end.position)",
        at: end.position)
    }
    start = min(end.offset, end.position)
    var position = start
    while entries.count < limit, position + 46 <= end.position {
      let header = try read(position, 46)
      guard header.count == 46, Self.signature(header, 0) == 0x0201_4b50 else {
        return note("its directory is damaged at byte \(position)", at: position)
      }
      let (nameLength, extraLength) = (Self.short(header, 28), Self.short(header, 30))
      let variable = try read(position + 46, nameLength + extraLength)
      var entry = Entry(
        name: Array(variable.prefix(nameLength)), flags: Self.short(header, 8),
        checksum: UInt32(Self.long(header, 16)), compressed: Self.long(header, 20), offset: Self.long(header, 42))
      Self.widen(&entry, Self.long(header, 24), Array(variable.dropFirst(nameLength)))
      entries.append(entry)
      position += 46 + nameLength + extraLength + Self.short(header, 32)
    }
  }

  /// Sizes and offsets that do not fit in 32 bits stand in an extra field (section 4.5.3).
  private static func widen(_ entry: inout Entry, _ uncompressed: Int, _ extra: [UInt8]) {
    var index = 0
    while index + 4 <= extra.count {
      let (id, length) = (short(extra, index), short(extra, index + 2))
      if id == 1 {
        var field = index + 4
        let fieldEnd = min(extra.count, field + length)
        if uncompressed == 0xffff_ffff { field += 8 }
        if entry.compressed == 0xffff_ffff, field + 8 <= fieldEnd {
          entry.compressed = longLong(extra, field) ?? entry.compressed
          field += 8
        }
        if entry.offset == 0xffff_ffff, field + 8 <= fieldEnd {
          entry.offset = longLong(extra, field) ?? entry.offset
        }
      }
      index += 4 + length
    }
  }

  // MARK: Members

  private mutating func compareMembers() throws(StreamDamage) {
    var dataEnd = 0
    for entry in entries {
      if entry.offset != dataEnd {
        let what =
          entry.offset > dataEnd ? "\(entry.offset - dataEnd) bytes that are no member's stand" : "members overlap"
        note("\(what) before '\(entry.text)'", at: dataEnd, bytesLost: max(0, entry.offset - dataEnd))
      }
      let header = try read(entry.offset, 30)
      guard header.count == 30, Self.signature(header, 0) == 0x0403_4b50 else {
        note("there is no member where its directory has '\(entry.text)'", at: entry.offset)
        dataEnd = entry.offset
        continue
      }
      let (nameLength, extraLength) = (Self.short(header, 26), Self.short(header, 28))
      let name = try read(entry.offset + 30, nameLength)
      if name != entry.name {
        note(
          "its directory has '\(entry.text)' where the member is called '\(EvidencePath.text(name))'", at: entry.offset)
      }
      let (data, overflow) = (entry.offset + 30 + nameLength + extraLength).addingReportingOverflow(entry.compressed)
      guard !overflow, data <= start else {
        note("its directory gives '\(entry.text)' more bytes than there are before it", at: entry.offset)
        dataEnd = start
        continue
      }
      dataEnd = data
      let hasDescriptor = Self.short(header, 6) & 8 != 0
      var checksum = UInt32(Self.long(header, 14))
      if hasDescriptor { (checksum, dataEnd) = try descriptor(at: data, of: entry) }
      if checksum != entry.checksum {
        note("its directory and the member '\(entry.text)' have different checksums", at: entry.offset)
      }
    }
    if !entries.isEmpty, dataEnd < start {
      note(
        "\(start - dataEnd) bytes that are no member's stand before its directory", at: dataEnd,
        bytesLost: start - dataEnd)
    }
  }

  /// The checksum behind a member's data, and where what follows begins: 12 bytes, or 20 with long sizes, with or without four
  /// of signature before.
  private func descriptor(at offset: Int, of entry: Entry) throws(StreamDamage) -> (UInt32, Int) {
    let found = try read(offset, 32)
    guard found.count >= 16 else { return (entry.checksum, offset) }
    let isSigned = Self.signature(found, 0) == 0x0807_4b50
    let field = isSigned ? 4 : 0
    let hasLongSizes =
      found.count >= field + 24 && Self.longLong(found, field + 4) == entry.compressed
      && (Self.long(found, field + 8) != 0 || Self.isNextRecord(found, field + 20))
      && !Self.isNextRecord(found, field + 12)
    return (UInt32(Self.long(found, field)), offset + field + (hasLongSizes ? 20 : 12))
  }

  private static func isNextRecord(_ bytes: [UInt8], _ index: Int) -> Bool {
    index + 4 <= bytes.count && [0x0403_4b50, 0x0201_4b50].contains(signature(bytes, index))
  }

  // MARK: Numbers, little-endian

  private func read(_ offset: Int, _ count: Int) throws(StreamDamage) -> [UInt8] {
    guard offset >= 0, count > 0 else { return [] }
    return try bytes.read(at: offset, upTo: count)
  }

  private static func short(_ bytes: [UInt8], _ index: Int) -> Int { Int(bytes[index]) | Int(bytes[index + 1]) << 8 }
  private static func long(_ bytes: [UInt8], _ index: Int) -> Int {
    short(bytes, index) | short(bytes, index + 2) << 16
  }
  private static func signature(_ bytes: [UInt8], _ index: Int) -> Int { long(bytes, index) }
  /// `nil` where it is more than any file has.
  private static func longLong(_ bytes: [UInt8], _ index: Int) -> Int? {
    let high = long(bytes, index + 4)
    return high < 1 << 30 ? high << 32 | long(bytes, index) : nil
  }
}
