/// Where a 7z archive ends. Its first header says so (7zFormat.txt, "Signature Header"): 32 bytes, then the packed streams, then
/// the directory.
enum SevenZipEnd {
  /// - Returns: `nil` where the header does not say, or says more than there is.
  static func offset(_ bytes: any RandomAccess) -> Int? {
    guard let header = try? bytes.read(at: 12, upTo: 16), header.count == 16 else { return nil }
    let number = { (range: Range<Int>) in header[range].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    let (end, overflow) = number(0..<8).addingReportingOverflow(number(8..<16))
    guard !overflow, end <= UInt64(max(0, bytes.byteCount - 32)) else { return nil }
    return 32 + Int(end)
  }

  /// Where the first byte from `end` on lies that is not zero, and how many there are from it to the end of the file.
  static func remainder(_ bytes: any RandomAccess, from end: Int) -> (offset: Int, count: Int)? {
    var offset = end
    while let chunk = try? bytes.read(at: offset, upTo: 1 << 17), !chunk.isEmpty {
      if let index = chunk.firstIndex(where: { $0 != 0 }) { return (offset + index, bytes.byteCount - offset - index) }
      offset += chunk.count
    }
    return nil
  }
}
