import Learning
import Testing

@Suite struct SeededGeneratorTests {
  /// xoshiro256** after SplitMix64 from 0: the state is e220a8397b1dcdaf 6e789e6aa1b965f4 06c45d188009454f
  /// f88bb8a8724c81ec, the first four outputs of SplitMix64 as its authors publish them.
  @Test func `the first number follows from the published algorithms`() {
    var generator = SeededGenerator(seed: 0)
    let s1: UInt64 = 0x6e78_9e6a_a1b9_65f4
    let product = s1 &* 5
    #expect(generator.next() == (product << 7 | product >> 57) &* 9)
  }

  @Test func `one seed, one sequence`() {
    var a = SeededGenerator(seed: 42), b = SeededGenerator(seed: 42), c = SeededGenerator(seed: 43)
    let first = (0..<50).map { _ in a.next() }
    #expect(first == (0..<50).map { _ in b.next() })
    #expect(first != (0..<50).map { _ in c.next() })
  }

  @Test func `bounds and shuffles`() {
    var generator = SeededGenerator(seed: 9)
    #expect((0..<1000).allSatisfy { _ in (0..<7).contains(generator.below(7)) })
    #expect((0..<1000).allSatisfy { _ in (0..<1).contains(generator.unit()) })
    #expect(generator.shuffled(Array(0..<100)).sorted() == Array(0..<100))
    #expect(generator.shuffled([Int]()) == [])
  }
}
