/// The values of one row as bytes, for a digest: each value followed by U+001F, the row by U+001E.
///
/// Null is `-`, an integer `i` and its decimal digits, a text `t` and its UTF-8. A number between 0 and 1 counts in steps of
/// 0.00000001, as the case rounds it.
struct RowText {
  private(set) var bytes: [UInt8] = []

  mutating func begin() { bytes.removeAll(keepingCapacity: true) }

  mutating func put(_ value: Int64) {
    bytes.append(UInt8(ascii: "i"))
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
    end()
  }

  mutating func put(_ value: Int) { put(Int64(value)) }

  mutating func put(_ value: String?) {
    guard let value else { return putNull() }
    bytes.append(UInt8(ascii: "t"))
    let start = bytes.count
    bytes.append(contentsOf: value.utf8)
    // A text is stored with its NULs escaped.
    if bytes[start...].contains(0) {
      let escaped = bytes[start...].flatMap { $0 == 0 ? Array("\\x00".utf8) : [$0] }
      bytes.replaceSubrange(start..., with: escaped)
    }
    end()
  }

  mutating func put(utf8 text: [UInt8]) {
    bytes.append(UInt8(ascii: "t"))
    bytes.append(contentsOf: text)
    end()
  }

  /// A value that older versions did not have: nothing where it is missing, so that their digests still hold.
  mutating func put(_ name: String, ifPresent value: String?) {
    if let value { put("\(name)=\(value)") }
  }

  mutating func putNull() {
    bytes.append(UInt8(ascii: "-"))
    end()
  }

  private mutating func end() { bytes.append(0x1f) }
}

/// A digest over rows in their order: every sixteen rows, and what is left at the end, are hashed behind the digest so far.
struct RowDigest {
  private var state: [UInt8] = []
  private var pending: [UInt8] = []
  private var rows = 0

  private static let block = 16

  mutating func add(_ row: RowText, _ hash: ([UInt8]) -> String) {
    pending.append(contentsOf: row.bytes)
    pending.append(0x1e)
    rows += 1
    if rows % Self.block == 0 { fold(hash) }
  }

  /// The digest of all rows; `nil` when there were none.
  func digest(_ hash: ([UInt8]) -> String) -> String? {
    if rows == 0 { return nil }
    var last = self
    if !last.pending.isEmpty { last.fold(hash) }
    return String(decoding: last.state, as: UTF8.self)
  }

  private mutating func fold(_ hash: ([UInt8]) -> String) {
    state = Array(hash(state + pending).utf8)
    pending.removeAll(keepingCapacity: false)
  }
}
