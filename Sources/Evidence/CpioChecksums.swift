/// Passes a cpio archive on and adds up its members on the way, as the format with checksums (`070702`) wants it; libarchive
/// does not look at them. The sum is that of the bytes of a member, in 32 bits.
final class CpioChecksums: MemberChecksums {
  private enum State {
    case header, name(Int), data(Int), padding(Int)
    /// A format without checksums, the end, or something that is no header.
    case over
  }

  private let source: any ByteStream
  private var state = State.header
  private var header: [UInt8] = []
  private var fileSize = 0
  /// A symbolic link has a target and no checksum.
  private var isLink = false
  private var sum: UInt32 = 0, expected: UInt32 = 0
  private var memberCount = 0
  private(set) var wrong: Set<Int> = []

  init(_ source: any ByteStream) { self.source = source }

  func next() throws(StreamDamage) -> [UInt8]? {
    let chunk = try source.next()
    if let chunk { take(chunk[...]) }
    return chunk
  }

  private static let headerLength = 110

  private func take(_ chunk: ArraySlice<UInt8>) {
    var rest = chunk
    while !rest.isEmpty {
      var used = 0
      switch state {
      case .over: return
      case .header:
        used = min(Self.headerLength - header.count, rest.count)
        header += rest.prefix(used)
        if header.count == Self.headerLength { begin() }
      case .name(let left):
        used = min(left, rest.count)
        if used == left { state = fileSize > 0 ? .data(fileSize) : .header } else { state = .name(left - used) }
      case .data(let left):
        used = min(left, rest.count)
        for byte in rest.prefix(used) { sum &+= UInt32(byte) }
        if used == left { endData() } else { state = .data(left - used) }
      case .padding(let left):
        used = min(left, rest.count)
        state = used == left ? .header : .padding(left - used)
      }
      rest = rest.dropFirst(used)
    }
  }

  private func begin() {
    let fields = header
    header = []
    guard fields.starts(with: Array("070702".utf8)), let mode = Self.number(fields, 1),
      let size = Self.number(fields, 6), let nameSize = Self.number(fields, 11), let check = Self.number(fields, 12)
    else {
      state = .over
      return
    }
    isLink = mode & 0o170000 == 0o120000
    (fileSize, sum, expected) = (Int(size), 0, check)
    memberCount += 1
    // Header and name end at a multiple of four, and so do the data.
    state = .name((Self.headerLength + Int(nameSize) + 3) / 4 * 4 - Self.headerLength)
  }

  private func endData() {
    if sum != expected, !isLink { wrong.insert(memberCount - 1) }
    let padding = (4 - fileSize % 4) % 4
    state = padding > 0 ? .padding(padding) : .header
  }

  /// One of the header's fields of eight hexadecimal digits behind the magic.
  private static func number(_ fields: [UInt8], _ index: Int) -> UInt32? {
    UInt32(String(decoding: fields[6 + 8 * index..<14 + 8 * index], as: UTF8.self), radix: 16)
  }
}
