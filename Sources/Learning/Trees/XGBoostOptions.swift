/// How trees are boosted; the defaults are the library's, but for the number of rounds, which has none.
package struct XGBoostOptions: Sendable, Equatable, Codable {
  /// Times a tree is added for each class.
  package var rounds = 100
  /// Up to 6, no tree has more leaves than ``QuickScorer`` takes; deeper ones are slower on flows.
  package var maximumDepth = 6
  /// What each new tree counts.
  package var learningRate = 0.3
  /// Share of the rows each tree sees.
  package var rowShare = 1.0
  /// Share of the features each tree sees.
  package var featureShare = 1.0
  /// Least sum of second derivatives in a leaf.
  package var minimumWeight = 1.0
  /// Steps that the values of a feature are put into before splits are looked for; `nil` for the library's 256.
  package var bins: Int?
  package var seed: UInt64 = 1

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case rounds, seed, bins
    case maximumDepth = "maximum_depth"
    case learningRate = "learning_rate"
    case rowShare = "row_share"
    case featureShare = "feature_share"
    case minimumWeight = "minimum_weight"
  }

  /// Why no trees can be boosted so, as a sentence; `nil` when they can.
  package var fault: String? {
    if !(1...10_000).contains(rounds) { return "rounds is \(rounds), not in 1...10000" }
    if !(1...30).contains(maximumDepth) { return "the depth is \(maximumDepth), not in 1...30" }
    if !(learningRate > 0 && learningRate <= 1) { return "the learning rate is \(learningRate), not in 0...1" }
    if !(rowShare > 0 && rowShare <= 1) { return "the share of rows is \(rowShare), not in 0...1" }
    if !(featureShare > 0 && featureShare <= 1) { return "the share of features is \(featureShare), not in 0...1" }
    if !(minimumWeight >= 0 && minimumWeight <= 1e9) { return "the least weight is \(minimumWeight), not in 0...10^9" }
    if let bins, !(2...65_536).contains(bins) { return "bins is \(bins), not in 2...65536" }
    if seed > UInt64(Int32.max) { return "seed is \(seed), beyond 2^31" }
    return nil
  }

  /// The library's names and values. One thread and a seed make the same trees from the same table.
  func parameters(classes: Int) -> [(String, String)] {
    [
      ("objective", "multi:softprob"), ("num_class", "\(classes)"), ("nthread", "1"), ("seed", "\(seed)"),
      ("verbosity", "0"), ("tree_method", "hist"), ("max_depth", "\(maximumDepth)"), ("eta", "\(learningRate)"),
      ("subsample", "\(rowShare)"), ("colsample_bytree", "\(featureShare)"), ("min_child_weight", "\(minimumWeight)"),
    ] + (bins.map { [("max_bin", "\($0)")] } ?? [])
  }
}
