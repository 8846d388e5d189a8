package import Traffic

extension Dataset {
  /// Keeps, of the flows of some classes, at most so many of one capture, drawn by chance: of a class that stands for what is none of the
  /// others one long capture would otherwise be most.
  ///
  /// - Parameters:
  ///   - limit: flows of one capture and class. - classes: names of classes; others are not touched.
  /// - Returns: how many were left out.
  package mutating func cap(_ limit: Int, classes: Set<String>, seed: UInt64) -> Int {
    var generator = SeededGenerator(seed: seed)
    struct Key: Hashable {
      var path: String
      var label: Int
    }
    var counts: [Key: Int] = [:], left: Set<Int> = []
    for index in generator.shuffled(Array(examples.indices)) where classes.contains(labels[examples[index].label]) {
      let example = examples[index]
      let key = Key(path: example.path.isEmpty ? example.group : example.path, label: example.label)
      counts[key, default: 0] += 1
      if counts[key] ?? 0 > limit { left.insert(index) }
    }
    examples = examples.indices.filter { !left.contains($0) }.map { examples[$0] }
    return left.count
  }

  /// Adds flows of a class that has flows already.
  ///
  /// - Returns: whether there is such a class.
  package mutating func append(_ flows: [ObservedFlow], label name: String, laboratory: String) -> Bool {
    guard let label = labels.firstIndex(of: name) else { return false }
    for (index, flow) in flows.enumerated() {
      // Ten groups, so that a split by group parts them.
      examples.append(Example(flow: flow, label: label, group: "\(laboratory)-\(index % 10)", laboratory: laboratory))
    }
    return true
  }
}
