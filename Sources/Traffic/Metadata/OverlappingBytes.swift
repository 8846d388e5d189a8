/// Bytes that arrive in pieces, in any order and more than once, put together from offset 0. What arrived first stays.
struct OverlappingBytes {
  private let limit: Int
  private var pending: [(offset: Int, bytes: ArraySlice<UInt8>)] = []
  /// Pieces that wait for what lies before them.
  private static let pieceLimit = 64
  /// Bytes in them.
  private var pendingCount = 0
  /// What is there without a gap.
  private(set) var prefix: [UInt8] = []

  /// - Parameter limit: bytes taken at the most; what lies beyond is not kept.
  init(limit: Int) { self.limit = limit }

  var isFull: Bool {
    prefix.count >= limit || pending.count >= Self.pieceLimit || prefix.count + pendingCount >= 2 * limit
  }

  mutating func insert(_ bytes: ArraySlice<UInt8>, at offset: Int) {
    guard !bytes.isEmpty, offset >= 0, offset < limit, !isFull else { return }
    let piece = bytes.prefix(limit - offset)
    if offset <= prefix.count {
      extend(piece, at: offset)
      if pending.isEmpty { return }
    } else {
      pending.append((offset, piece))
      pendingCount += piece.count
      return
    }
    while let next = pending.firstIndex(where: { $0.offset <= prefix.count }) {
      let piece = pending.remove(at: next)
      pendingCount -= piece.bytes.count
      extend(piece.bytes, at: piece.offset)
    }
  }

  private mutating func extend(_ bytes: ArraySlice<UInt8>, at offset: Int) {
    let known = prefix.count - offset
    if known < bytes.count { prefix += bytes.dropFirst(known) }
  }

  /// The beginning lies earlier than was thought: what is here moves back.
  ///
  /// - Parameter count: by how many bytes, which are not here yet.
  mutating func moveBack(by count: Int) {
    let pieces = (prefix.isEmpty ? [] : [(offset: 0, bytes: prefix[...])]) + pending
    prefix = []
    pending = []
    pendingCount = 0
    for piece in pieces { insert(piece.bytes, at: piece.offset + count) }
  }

  /// Forgets the first bytes, which have been read: offsets count from behind them.
  mutating func removeFirst(_ count: Int) {
    prefix.removeFirst(min(count, prefix.count))
    pending = pending.map { (max(0, $0.offset - count), $0.bytes) }
  }
}
