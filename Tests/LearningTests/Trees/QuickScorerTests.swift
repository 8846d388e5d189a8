import Testing

@testable import Learning

@Suite struct QuickScorerTests {
  /// A tree of `leaves` leaves grown by chance, over few features and thresholds, so that equal ones occur.
  private static func tree(leaves: Int, label: Int, _ generator: inout SeededGenerator) -> BoostedTrees.Tree {
    func drawn(_ count: Int) -> Int { Int(generator.unit() * Float(count)) }
    var nodes = [BoostedTrees.Node(feature: -1, value: 0, missingGoesFirst: false, firstBranch: 0)]
    var open = [0]
    while nodes.count < 2 * leaves - 1 {
      // Branches follow those of the nodes before, so nodes are split in order; one is left to go on with.
      let place = open.removeFirst()
      if !open.isEmpty, generator.unit() < 0.4 { continue }
      nodes[place] = BoostedTrees.Node(
        feature: Int32(drawn(5)), value: Float(drawn(7)) - 3, missingGoesFirst: generator.unit() < 0.5,
        firstBranch: Int32(nodes.count))
      open += [nodes.count, nodes.count + 1]
      for _ in 0..<2 { nodes.append(.init(feature: -1, value: 0, missingGoesFirst: false, firstBranch: 0)) }
    }
    for place in nodes.indices where nodes[place].feature < 0 { nodes[place].value = generator.unit() - 0.5 }
    return BoostedTrees.Tree(label: label, nodes: nodes)
  }

  @Test(arguments: [1, 2, 9, 63, 64]) func `the leaves are those of a walk`(most: Int) throws {
    var generator = SeededGenerator(seed: UInt64(most))
    let trees = (0..<30).map { index in
      Self.tree(leaves: index == 7 ? most : 1 + index * most / 40, label: index % 3, &generator)
    }
    let scorer = try #require(QuickScorer(trees, features: 5))
    var values: [Float] = [.nan, .infinity, -.infinity, -0.0]
    values += (-4...4).map { Float($0) } + [-0.5, 1.5]
    var missing = 0
    for _ in 0..<500 {
      let row = (0..<5).map { _ in values[Int(generator.unit() * Float(values.count))] }
      missing += row.contains { $0.isNaN } ? 1 : 0
      var walked: [Float] = [0.5, 0.5, 0.5], found = walked
      for tree in trees { walked[tree.label] += tree.leaf(of: row) }
      scorer.add(to: &found, row)
      #expect(found == walked, "\(row)")
    }
    #expect(missing > 50)
  }

  @Test func `trees of more leaves than a word has bits, and very many trees, are walked`() {
    var generator = SeededGenerator(seed: 5)
    let small = Self.tree(leaves: 8, label: 0, &generator), large = Self.tree(leaves: 65, label: 1, &generator)
    #expect(QuickScorer([small, large], features: 5) == nil)
    let leaf = Self.tree(leaves: 1, label: 0, &generator), most = QuickScorer.treeLimit
    #expect(QuickScorer([BoostedTrees.Tree](repeating: leaf, count: most), features: 5) != nil)
    #expect(QuickScorer([BoostedTrees.Tree](repeating: leaf, count: most + 1), features: 5) == nil)
    let names = ["a", "b", "c", "d", "e"].map { Feature($0) }
    let trees = BoostedTrees(features: names, labels: ["x", "y"], baseScore: 0.25, trees: [small, large])
    let row: [Float] = [0, 1, -1, .nan, 2]
    #expect(trees.scores(row) == [0.25 + small.leaf(of: row), 0.25 + large.leaf(of: row)])
  }
}
