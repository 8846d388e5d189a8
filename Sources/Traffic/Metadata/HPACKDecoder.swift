/// Reads the header blocks of one direction of HTTP/2 (RFC 7541), in their order.
package struct HPACKDecoder {
  package struct Field: Equatable {
    package var name: [UInt8], value: [UInt8]
  }

  /// Size of the dynamic table until told otherwise, the most believed, and what an entry counts beside its text (RFC 7541
  /// section 4.1).
  private static let usualSize = 4096, largestSize = 65_536, overhead = 32
  /// Fields of a block.
  private static let fieldLimit = 256

  /// The latest first.
  private var entries: [Field] = []
  private var size = 0
  private var allowed = usualSize

  package init() {}

  /// - Returns: the fields as far as they could be read, and whether that is all of them.
  package mutating func decode(_ block: ArraySlice<UInt8>) -> (fields: [Field], isWhole: Bool) {
    var fields: [Field] = []
    var reader = ByteReader(block)
    while fields.count < Self.fieldLimit, let first = reader.uint8() {
      if first & 0xe0 == 0x20 {
        guard let size = Self.integer(first, bits: 5, &reader), size <= Self.largestSize else { return (fields, false) }
        allowed = size
        evict()
        continue
      }
      guard let field = field(first, &reader) else { return (fields, false) }
      fields.append(field)
    }
    return (fields, reader.remaining == 0)
  }

  /// RFC 7541 section 6: indexed, or literal and then added to the table or not.
  private mutating func field(_ first: Int, _ reader: inout ByteReader) -> Field? {
    if first & 0x80 != 0 { return Self.integer(first, bits: 7, &reader).flatMap(entry) }
    let isAdded = first & 0x40 != 0
    guard let index = Self.integer(first, bits: isAdded ? 6 : 4, &reader),
      let name = index == 0 ? Self.string(&reader) : entry(index)?.name, let value = Self.string(&reader)
    else { return nil }
    let field = Field(name: name, value: value)
    if isAdded {
      entries.insert(field, at: 0)
      size += Self.cost(field)
      evict()
    }
    return field
  }

  private static func cost(_ field: Field) -> Int { field.name.count + field.value.count + overhead }

  private mutating func evict() {
    while size > allowed, let last = entries.popLast() { size -= Self.cost(last) }
  }

  /// - Parameter index: from 1 on: the static table, behind it the dynamic one.
  private func entry(_ index: Int) -> Field? {
    let fixed = HPACKTable.fields
    guard index > 0 else { return nil }
    if index <= fixed.count { return fixed[index - 1] }
    let place = index - fixed.count - 1
    return place < entries.count ? entries[place] : nil
  }

  /// RFC 7541 section 5.1.
  private static func integer(_ first: Int, bits: Int, _ reader: inout ByteReader) -> Int? {
    let mask = (1 << bits) - 1
    var value = first & mask
    guard value == mask else { return value }
    for shift in stride(from: 0, through: 21, by: 7) {
      guard let next = reader.uint8() else { return nil }
      value += (next & 0x7f) << shift
      if next & 0x80 == 0 { return value }
    }
    return nil
  }

  /// RFC 7541 section 5.2.
  private static func string(_ reader: inout ByteReader) -> [UInt8]? {
    guard let first = reader.uint8(), let length = integer(first, bits: 7, &reader), let bytes = reader.take(length)
    else { return nil }
    return first & 0x80 != 0 ? HPACKHuffman.decode(bytes) : Array(bytes)
  }
}
