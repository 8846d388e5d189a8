/// The Huffman code of HPACK (RFC 7541 appendix B). It is canonical: the lengths of the codes say all of it.
enum HPACKHuffman {
  /// Length in bits of the code of each byte, and last that of the end of a string.
  private static let lengths = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
    7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
  ]
  private static let longest = 30, end = 256

  /// For each length: the first code, and the place of its symbol in the order of codes; how many there are.
  private static let table: (symbols: [Int], first: [Int], place: [Int], count: [Int]) = {
    let symbols = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    var first = [0], place = [0], count = [0]
    var code = 0, placed = 0
    for length in 1...longest {
      code <<= 1
      let here = lengths.count { $0 == length }
      first.append(code)
      place.append(placed)
      count.append(here)
      code += here
      placed += here
    }
    return (symbols, first, place, count)
  }()

  /// - Returns: `nil` where the bytes are no such code, filled up with at most seven ones (RFC 7541 section 5.2).
  static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    let table = table
    var text: [UInt8] = []
    var code = 0, length = 0
    for byte in bytes {
      for shift in stride(from: 7, through: 0, by: -1) {
        code = code << 1 | Int(byte) >> shift & 1
        length += 1
        guard length <= longest else { return nil }
        let index = code - table.first[length]
        guard index >= 0, index < table.count[length] else { continue }
        let symbol = table.symbols[table.place[length] + index]
        guard symbol < end else { return nil }
        text.append(UInt8(symbol))
        (code, length) = (0, 0)
      }
    }
    return length < 8 && code == (1 << length) - 1 ? text : nil
  }
}
