import Learning
import Testing
import Traffic

@Suite struct DatasetSplitTests {
  /// - Parameter plan: for each class the flows of each of its groups.
  private func dataset(_ plan: [[(String, Int)]]) -> Dataset {
    var examples: [Example] = []
    for (label, groups) in plan.enumerated() {
      for (group, count) in groups {
        examples += (0..<count).map { _ in Example(flow: SampleFlows.flow([[1]]), label: label, group: group) }
      }
    }
    return Dataset(labels: plan.indices.map { "\($0)" }, examples: examples)
  }

  @Test func `random: each flow is tested once, classes are dealt evenly`() {
    let data = dataset([[("a", 103)], [("b", 57)], [("c", 10)]])
    let split = data.split(.random, folds: 10, seed: 5)
    #expect(split.folds.count == 10)
    #expect(split.folds.flatMap(\.test).sorted() == Array(data.examples.indices))
    for fold in split.folds {
      #expect((fold.training + fold.validation + fold.test).sorted() == Array(data.examples.indices))
      let counts = data.counts(of: fold.test)
      #expect((10...11).contains(counts[0]) && (5...6).contains(counts[1]) && counts[2] == 1)
      #expect((16...18).contains(fold.validation.count))
    }
    #expect(data.split(.random, folds: 10, seed: 5) == split)
    #expect(data.split(.random, folds: 10, seed: 6) != split)
  }

  @Test func `grouped: no capture on both sides, and each flow tested once`() {
    let data = dataset([
      [("a1", 50), ("a2", 5), ("a3", 9)], [("b1", 20), ("b2", 20)], [("c", 30)],
      [("d1", 4), ("d2", 4), ("d3", 4), ("d4", 4), ("d5", 4)],
    ])
    let split = data.split(.grouped, folds: 5, seed: 1)
    #expect(split.untestable == [2])
    for fold in split.folds {
      #expect((fold.training + fold.validation + fold.test).sorted() == Array(data.examples.indices))
      let tested = Set(fold.test.map { data.examples[$0].group })
      #expect(tested.isDisjoint(with: (fold.training + fold.validation).map { data.examples[$0].group }))
      #expect(data.counts(of: fold.training).allSatisfy { $0 > 0 })
    }
    let testable = data.examples.indices.filter { data.examples[$0].group != "c" }
    #expect(split.folds.flatMap(\.test).sorted() == testable, "every flow of a testable class is tested once")
  }

  @Test func `grouped: a capture of several classes never takes away a class's last one`() {
    let data = dataset([
      [("shared", 5), ("a", 5)], [("shared", 5)], [("shared", 2), ("c1", 5), ("c2", 5)],
    ])
    let split = data.split(.grouped, folds: 4, seed: 2)
    for fold in split.folds {
      #expect(!fold.test.contains { data.examples[$0].group == "shared" })
      #expect(data.counts(of: fold.training).allSatisfy { $0 > 0 })
    }
    #expect(split.untestable == [1])
  }

  @Test func `a share set aside is dealt by class`() {
    let data = dataset([[("a", 100)], [("b", 20)]])
    let (rest, aside) = data.setAside(0.1, of: Array(data.examples.indices), seed: 3)
    #expect(data.counts(of: aside) == [10, 2])
    #expect((rest + aside).sorted() == Array(data.examples.indices))
    #expect(data.setAside(0, of: [1, 2], seed: 3).aside.isEmpty)
  }

  @Test func `laboratory: no laboratory on both sides, and what has none is dealt by its group`() {
    var data = dataset([[("a1", 9), ("a2", 9), ("a3", 9), ("a4", 9)], [("b1", 9), ("b2", 9), ("b3", 9), ("b4", 9)]])
    let laboratories = ["1": "north", "2": "south", "3": "west", "4": ""]
    data = Dataset(
      labels: data.labels,
      examples: data.examples.map { example in
        var example = example
        example.laboratory = laboratories[String(example.group.suffix(1))] ?? ""
        return example
      })
    let split = data.split(.laboratory, folds: 3, seed: 4)
    #expect(split.folds.flatMap(\.test).sorted() == Array(data.examples.indices))
    for fold in split.folds {
      func places(_ indices: [Int]) -> Set<String> {
        Set(
          indices.map { data.examples[$0].laboratory.isEmpty ? data.examples[$0].group : data.examples[$0].laboratory })
      }
      #expect(places(fold.test).isDisjoint(with: places(fold.training + fold.validation)))
    }
    let grouped = data.split(.grouped, folds: 3, seed: 4)
    #expect(grouped.folds != split.folds, "captures of one laboratory may part in a grouped split")
  }
}
