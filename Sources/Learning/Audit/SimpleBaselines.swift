import Dispatch
import Synchronization

/// What two methods that understand nothing reach on a model's inputs: where they come near the model, so does a lookup.
package struct SimpleBaselines: Sendable {
  package enum Method: String, Sendable, CaseIterable {
    /// The class of the training flow from which the fewest input values differ, the first of several.
    case nearestNeighbour = "nearest neighbour"
    /// A C4.5 tree whose branches have at least one flow of a hundred.
    case smallTree = "small tree"
  }

  package struct Row: Sendable {
    package var method: Method
    package var split: SplitKind
    package var metrics: Metrics
  }

  /// Flows that were compared: repeated ones once, and of more than ``flowLimit`` as many, drawn by chance.
  package let flows: Int
  /// For each method the random split, and the grouped one where a class has two groups.
  package let rows: [Row]
  package static let flowLimit = 3000

  /// - Parameter contract: of the model; what it sees is what these see.
  package init(_ dataset: Dataset, _ contract: InputContract, seed: UInt64) throws(XGBoostError) {
    var dataset = dataset
    _ = dataset.removeDuplicates(for: contract)
    var generator = SeededGenerator(seed: seed)
    let chosen = generator.shuffled(Array(dataset.examples.indices)).prefix(Self.flowLimit).sorted()
    let examples = chosen.map { dataset.examples[$0] }
    let table = InputTable(Dataset(labels: dataset.labels, examples: examples), contract).table
    flows = examples.count
    var recipe = TreeRecipe()
    recipe.c45.minimumCases = max(2, (Double(flows) / 100).rounded(.up))
    var rows: [Row] = []
    for split in [SplitKind.random, .grouped] {
      let parts =
        split == .random
        ? table.folds(5, seed: seed) : table.folds(5, groups: examples.map(\.group), seed: seed)
      guard parts.contains(where: { !$0.isEmpty }) else { continue }
      rows.append(Row(method: .nearestNeighbour, split: split, metrics: Self.nearest(table, parts)))
      var trees = Metrics(labels: table.labels)
      for round in try recipe.crossValidate(table, parts: parts) { trees.add(round) }
      rows.append(Row(method: .smallTree, split: split, metrics: trees))
    }
    self.rows = rows
  }

  private static func nearest(_ table: FeatureTable, _ parts: [[Int]]) -> Metrics {
    let values = table.targets.indices.map { table.row($0).map(\.bitPattern) }
    let total = Mutex(Metrics(labels: table.labels))
    DispatchQueue.concurrentPerform(iterations: parts.count) { part in
      let tested = Set(parts[part])
      let training = table.targets.indices.filter { !tested.contains($0) }
      var metrics = Metrics(labels: table.labels)
      for row in parts[part] {
        var best = (distance: Int.max, label: 0)
        for other in training {
          let distance = differing(values[row], values[other], below: best.distance)
          if distance < best.distance { best = (distance, table.targets[other]) }
        }
        metrics.add(truth: table.targets[row], predicted: best.label, confidence: 0)
      }
      total.withLock { $0.add(metrics) }
    }
    return total.withLock { $0 }
  }

  /// How many values differ; counting ends where there are `limit`.
  private static func differing(_ left: [UInt32], _ right: [UInt32], below limit: Int) -> Int {
    var count = 0
    for index in left.indices where left[index] != right[index] {
      count += 1
      if count >= limit { break }
    }
    return count
  }
}

/// What a model sees of flows as a feature table: a column for each byte and each channel's value of each packet, or the features
/// of a tree.
struct InputTable {
  let table: FeatureTable

  init(_ dataset: Dataset, _ contract: InputContract) {
    if let features = FlowFeatures(contract) {
      table = dataset.table(of: features)
      return
    }
    var bytes = contract
    bytes.encoding = .scaled
    let encoder = PacketEncoder(bytes)
    let width = bytes.valuesPerPacket
    var table = FeatureTable(
      features: (0..<bytes.packets).flatMap { packet in (0..<width).map { Feature("packet_\(packet + 1)_\($0)") } },
      labels: dataset.labels)
    for example in dataset.examples { table.append(encoder.encode(example.flow), label: example.label) }
    self.table = table
  }
}
