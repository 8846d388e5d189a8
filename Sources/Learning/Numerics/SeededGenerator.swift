/// The generator behind every random choice: xoshiro256** seeded by SplitMix64 (Blackman and Vigna 2018).
///
/// The same seed gives the same numbers on every machine, so a training can be repeated to the byte.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init(seed: UInt64) {
    var mixer = seed
    func next() -> UInt64 {
      mixer &+= 0x9e37_79b9_7f4a_7c15
      var z = mixer
      z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
      return z ^ z >> 31
    }
    state = (next(), next(), next(), next())
  }

  package mutating func next() -> UInt64 {
    let scrambled = Self.rotated(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = Self.rotated(state.3, 45)
    return scrambled
  }

  /// A number in [0, 1) with 24 random bits, all of which a `Float` can hold.
  package mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A whole number in `0..<bound`; `bound` is at least 1. Lemire's product without rejection: the bias is below
  /// bound / 2^64.
  package mutating func below(_ bound: Int) -> Int { Int(UInt64(bound).multipliedFullWidth(by: next()).high) }

  /// Fisher and Yates, written out because the standard library does not promise its own `shuffled` to stay.
  package mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for last in stride(from: result.count - 1, to: 0, by: -1) { result.swapAt(last, below(last + 1)) }
    return result
  }

  private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
}
