import Learning
import Testing

@Suite struct SimpleBaselinesTests {
  @Test func `lookups reach what the inputs give away, and chance where they give nothing`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 60, seed: 3)
    let contract = TrainerTests.recipe { _ in }.contract
    let easy = try SimpleBaselines(data, contract, seed: 1)
    let random = easy.rows.filter { $0.split == .random }
    #expect(random.map(\.method) == SimpleBaselines.Method.allCases)
    for row in random { #expect(row.metrics.accuracy > 0.9 && row.metrics.flows == easy.flows, "\(row.method)") }
    // The same flows under labels drawn by chance.
    var generator = SeededGenerator(seed: 9)
    let shuffled = Dataset(
      labels: data.labels,
      examples: data.examples.map { Example(flow: $0.flow, label: generator.below(2), group: $0.group) })
    for row in try SimpleBaselines(shuffled, contract, seed: 1).rows where row.split == .random {
      #expect((0.3...0.7).contains(row.metrics.accuracy), "\(row.method)")
    }
    #expect(try SimpleBaselines(data, contract, seed: 1).rows.map(\.metrics) == easy.rows.map(\.metrics))
  }

  @Test func `no groups to deal, no grouped row`() throws {
    let data = SampleFlows.learnable(classes: 2, count: 20, seed: 3)
    let one = Dataset(
      labels: data.labels, examples: data.examples.map { Example(flow: $0.flow, label: $0.label, group: "one") })
    let baselines = try SimpleBaselines(one, TrainerTests.recipe { _ in }.contract, seed: 1)
    #expect(baselines.rows.allSatisfy { $0.split == .random })
  }
}
