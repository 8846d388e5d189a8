package import Traffic

/// Features of a flow, as columns of a feature table.
package protocol FlowFeatureSource: Sendable {
  var features: [Feature] { get }
  /// One value for each of `features`, in their order; NaN is missing.
  func values(of flow: ObservedFlow) -> [Float]
}

extension Dataset {
  /// Some flows as rows of a feature table, in the order of the indices; all without any.
  package func table(of source: some FlowFeatureSource, _ indices: [Int]? = nil) -> FeatureTable {
    var table = FeatureTable(features: source.features, labels: labels)
    for index in indices ?? Array(examples.indices) {
      table.append(source.values(of: examples[index].flow), label: examples[index].label)
    }
    return table
  }
}
