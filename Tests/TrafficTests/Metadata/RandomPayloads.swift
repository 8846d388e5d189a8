/// Payloads of 1 to 1500 random bytes: pieces of one random block, which costs less than new bytes for each.
struct RandomPayloads: Sequence, IteratorProtocol {
  private var random: SplitMix64
  private let block: [UInt8]
  private var left: Int

  init(seed: UInt64, count: Int) {
    random = SplitMix64(seed: seed)
    var block: [UInt8] = []
    for _ in 0..<40_000 { withUnsafeBytes(of: random.next()) { block += $0 } }
    self.block = block
    left = count
  }

  mutating func next() -> ArraySlice<UInt8>? {
    guard left > 0 else { return nil }
    left -= 1
    let length = Int(random.next() % 1500) + 1
    let start = Int(random.next() % UInt64(block.count - length))
    return block[start..<start + length]
  }
}
