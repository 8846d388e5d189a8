/// Passes a RAR archive on and checks the CRC-32 of members that are stored without compression, of both generations; libarchive
/// checks compressed ones alone. (RAR 4: unrar's technote.txt; RAR 5: rarlab.com/technote.htm.)
final class RarChecksums: MemberChecksums {
  private enum State {
    case signature, header, data(Int)
    /// The end, or something that is no header: libarchive tells what is wrong with it.
    case over
  }

  private let source: any ByteStream
  private var state = State.signature
  private var isFifth = false
  private var header: [UInt8] = []
  /// Of the stored member whose bytes are passing: its checksum as it should be and as it is so far.
  private var stored: (expected: UInt32, found: UInt32)?
  private var memberCount = 0
  private(set) var wrong: Set<Int> = []

  init(_ source: any ByteStream) { self.source = source }

  func next() throws(StreamDamage) -> [UInt8]? {
    let chunk = try source.next()
    if let chunk { take(chunk[...]) }
    return chunk
  }

  private static let longestHeader = 2 << 20

  private func take(_ chunk: ArraySlice<UInt8>) {
    var rest = chunk
    while !rest.isEmpty {
      switch state {
      case .over: return
      case .signature:
        let used = min((isFifth ? 8 : 7) - header.count, rest.count)
        header += rest.prefix(used)
        rest = rest.dropFirst(used)
        guard header.count >= 7 else { return }
        if header[6] == 1, !isFifth {
          isFifth = true
        } else {
          (header, state) = ([], .header)
        }
      case .header:
        let used = min(wanted, rest.count)
        header += rest.prefix(used)
        rest = rest.dropFirst(used)
        if wanted == 0 { begin() } else if header.count > Self.longestHeader { state = .over }
      case .data(let left):
        let used = min(left, rest.count)
        if let sum = stored { stored?.found = Checksum.crc32(rest.prefix(used), after: sum.found) }
        rest = rest.dropFirst(used)
        state = .data(left - used)
        if used == left { endData() }
      }
    }
  }

  /// Bytes that the header still needs, as far as its beginning tells.
  private var wanted: Int {
    if !isFifth {
      return max(0, (header.count < 7 ? 7 : max(7, short(5))) - header.count)
    }
    guard let (size, end) = variable(at: 4) else { return header.count < 7 ? 1 : 0 }
    return max(0, min(end + size, Self.longestHeader + 1) - header.count)
  }

  private func begin() {
    let dataSize = isFifth ? beginFifth() : beginFourth()
    header = []
    guard let dataSize else {
      state = .over
      return
    }
    state = .data(dataSize)
    if dataSize == 0 { endData() }
  }

  private func endData() {
    if let sum = stored.take(), sum.expected != sum.found { wrong.insert(memberCount - 1) }
    state = .header
  }

  /// - Returns: bytes of data behind the header; `nil` at the end.
  private func beginFourth() -> Int? {
    let (type, flags, size) = (Int(header[2]), short(3), short(5))
    guard size >= 7, (0x72...0x7a).contains(type) else { return nil }
    if type == 0x74 { memberCount += 1 }
    guard flags & 0x8000 != 0 || type == 0x74 else { return 0 }
    guard size >= 11 else { return nil }
    var dataSize = long(7)
    guard type == 0x74 || type == 0x7a else { return dataSize }
    guard size >= 32 else { return nil }
    if flags & 0x100 != 0 {
      guard size >= 40, long(32) < 1 << 30 else { return nil }
      dataSize |= long(32) << 32
    }
    // Neither encrypted nor in parts.
    if type == 0x74, header[25] == 0x30, flags & 7 == 0 { stored = (UInt32(long(16)), 0) }
    return dataSize
  }

  private func beginFifth() -> Int? {
    guard let (_, start) = variable(at: 4), let (type, afterType) = variable(at: start),
      let (flags, afterFlags) = variable(at: afterType), (1...4).contains(type)
    else { return nil }
    var position = afterFlags
    var (extraSize, dataSize) = (0, 0)
    if flags & 1 != 0 {
      guard let (value, end) = variable(at: position) else { return nil }
      (extraSize, position) = (value, end)
    }
    if flags & 2 != 0 {
      guard let (value, end) = variable(at: position) else { return nil }
      (dataSize, position) = (value, end)
    }
    // An archive whose headers are encrypted cannot be followed.
    if type == 4 { return nil }
    guard type == 2 else { return dataSize }
    memberCount += 1
    guard let (fileFlags, afterFile) = variable(at: position), let (_, afterSize) = variable(at: afterFile),
      let (_, afterAttributes) = variable(at: afterSize)
    else { return dataSize }
    position = afterAttributes + (fileFlags & 2 != 0 ? 4 : 0)
    guard fileFlags & 4 != 0, position + 4 <= header.count, let (method, _) = variable(at: position + 4) else {
      return dataSize
    }
    let isWhole = flags & 0x18 == 0
    if isWhole, method >> 7 & 7 == 0, !isEncrypted(extraSize) { stored = (UInt32(long(position)), 0) }
    return dataSize
  }

  /// Whether one of the records at the header's end is that of encryption.
  private func isEncrypted(_ extraSize: Int) -> Bool {
    var position = max(0, header.count - extraSize)
    while position < header.count, let (size, start) = variable(at: position), let (type, _) = variable(at: start) {
      if type == 1 { return true }
      if size > header.count { break }
      position = start + max(1, size)
    }
    return false
  }

  private func short(_ index: Int) -> Int { Int(header[index]) | Int(header[index + 1]) << 8 }
  private func long(_ index: Int) -> Int { short(index) | short(index + 2) << 16 }

  /// A number in groups of seven bits, and where it ends; `nil` where it is not whole or more than any size.
  private func variable(at index: Int) -> (value: Int, end: Int)? {
    var value = 0
    for (place, byte) in header.dropFirst(index).prefix(8).enumerated() {
      value |= Int(byte & 0x7f) << (7 * place)
      if byte < 0x80 { return (value, index + place + 1) }
    }
    return nil
  }
}
