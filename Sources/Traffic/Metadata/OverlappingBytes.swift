/// Bytes that arrive in pieces, in any order and more than once, put together from offset 0. What arrived first stays.
struct OverlappingBytes {
  private let limit: Int
  private var pending: [(offset: Int, bytes: ArraySlice<UInt8>)] = []
  /// What is there without a gap.
  private(set) var prefix: [UInt8] = []

  /// - Parameter limit: bytes taken at the most; what lies beyond is not kept.
  init(limit: Int) { self.limit = limit }

  var isFull: Bool { prefix.count >= limit || pending.count >= 64 }

  mutating func insert(_ bytes: ArraySlice<UInt8>, at offset: Int) {
    guard !bytes.isEmpty, offset >= 0, offset < limit, !isFull else { return }
    pending.append((offset, bytes.prefix(limit - offset)))
    while let next = pending.firstIndex(where: { $0.offset <= prefix.count }) {
      let piece = pending.remove(at: next)
      let known = prefix.count - piece.offset
      if known < piece.bytes.count { prefix += piece.bytes.dropFirst(known) }
    }
  }
}
