import Foundation

/// A way to divide the cases of a node by one feature, and what it is worth.
struct C45Split {
  var feature: Int
  /// Middle of the gap between the two branches; `nil` for a nominal feature, which has a branch for each category.
  var middle: Double?
  /// Bits that knowing the branch tells of the class, less what choosing the threshold costs.
  var gain: Double
  /// Gain divided by the bits that naming the branch takes.
  var ratio: Double
  /// Weight of the cases with a known value in each branch.
  var branchWeights: [Double]
}

/// x log2 x, by table for the whole numbers that most sums of weights are.
struct WeightedLogarithm: Sendable {
  private let table: [Double]

  /// - Parameter maximum: the largest whole number looked up.
  init(upTo maximum: Int) {
    table = (0...max(maximum, 1)).map { $0 < 2 ? 0 : Double($0) * log2(Double($0)) }
  }

  @inline(__always) func callAsFunction(_ weight: Double) -> Double {
    let whole = Int(weight)
    if Double(whole) == weight, whole < table.count, whole >= 0 { return table[whole] }
    return weight > 0 ? weight * log2(weight) : 0
  }

  /// Bits it takes to tell the classes of all cases, together.
  func information(_ weights: [Double]) -> Double {
    self(weights.reduce(0, +)) - weights.reduce(0) { $0 + self($1) }
  }
}

extension C45Split {
  /// The differences below which two values count as one, and two measures as equal, as in C4.5 and J48.
  static let valueTolerance = 1e-5, measureTolerance = 1e-6, gainTolerance = 1e-3

  /// What a division into known branches is worth.
  ///
  /// - Parameters:
  ///   - branches: weights by branch, then class. - unknown: weight of the cases whose value is missing.
  ///   - cost: bits to take off the gain.
  private static func worth(
    branches: [[Double]], unknown: Double, cost: Double, _ logarithm: WeightedLogarithm
  ) -> (gain: Double, ratio: Double, weights: [Double])? {
    let weights = branches.map { $0.reduce(0, +) }
    let known = weights.reduce(0, +)
    let total = known + unknown
    guard total > 0 else { return nil }
    let classes = branches[0].indices.map { label in branches.reduce(0) { $0 + $1[label] } }
    let before = logarithm.information(classes)
    let after = branches.reduce(0) { $0 + logarithm.information($1) }
    // The known share of the cases cancels: gain = known / total * (before - after) / known.
    let gain = (before - after) / total - cost
    let splitInformation = logarithm.information(weights + [unknown]) / total
    guard gain > 0, splitInformation > 0 else { return nil }
    return (gain, gain / splitInformation, weights)
  }

  /// The division by a nominal feature, if at least two categories have enough cases.
  ///
  /// - Parameter weights: by category, then class.
  static func nominal(
    _ feature: Int, weights: [[Double]], unknown: Double, minimum: Double, _ logarithm: WeightedLogarithm
  ) -> C45Split? {
    guard weights.count(where: { $0.reduce(0, +) >= minimum - measureTolerance }) >= 2,
      let worth = worth(branches: weights, unknown: unknown, cost: 0, logarithm)
    else { return nil }
    return C45Split(
      feature: feature, middle: nil, gain: worth.gain, ratio: worth.ratio, branchWeights: worth.weights)
  }

  /// The best threshold of a number, if any leaves enough cases on both sides.
  ///
  /// - Parameters:
  ///   - sorted: rows with a known value, by value. - column: values by row. - targets: classes by row.
  ///   - weights: weights by row. - known: weight by class of the rows in `sorted`.
  ///   - unknown: weight of the cases whose value is missing.
  static func numeric(
    _ feature: Int, sorted: [Int32], column: [Float], targets: [Int32], weights: [Double], known: [Double],
    unknown: Double, minimum: Double, _ logarithm: WeightedLogarithm
  ) -> C45Split? {
    let total = known.reduce(0, +)
    // A tenth of an even share of the cases, within bounds, so that large nodes are not cut into slivers.
    let least = max(minimum, min(0.1 * total / Double(known.count), 25)) - measureTolerance
    guard total >= 2 * least else { return nil }
    var low = [Double](repeating: 0, count: known.count)
    var high = known
    var lowWeight = 0.0, lowSum = 0.0
    var highSum = known.reduce(0) { $0 + logarithm($1) }
    var tries = 0
    var best: (information: Double, place: Int)?
    for place in 0..<max(sorted.count - 1, 0) {
      let row = Int(sorted[place])
      let label = Int(targets[row]), weight = weights[row]
      lowSum -= logarithm(low[label])
      low[label] += weight
      lowSum += logarithm(low[label])
      highSum -= logarithm(high[label])
      high[label] -= weight
      highSum += logarithm(high[label])
      lowWeight += weight
      let highWeight = total - lowWeight
      if highWeight < least { break }
      guard lowWeight >= least,
        Double(column[Int(sorted[place + 1])]) - Double(column[row]) > valueTolerance
      else { continue }
      tries += 1
      let information = logarithm(lowWeight) - lowSum + logarithm(highWeight) - highSum
      if best.map({ information < $0.information - measureTolerance * total }) ?? true { best = (information, place) }
    }
    guard let best else { return nil }
    var branches = [[Double](repeating: 0, count: known.count), known]
    for row in sorted[...best.place] {
      branches[0][Int(targets[Int(row)])] += weights[Int(row)]
      branches[1][Int(targets[Int(row)])] -= weights[Int(row)]
    }
    // Quinlan, "Improved use of continuous attributes in C4.5", 1996: the bits that say which threshold it is.
    let cost = log2(Double(tries)) / (total + unknown)
    guard let worth = worth(branches: branches, unknown: unknown, cost: cost, logarithm) else { return nil }
    let middle = (Double(column[Int(sorted[best.place])]) + Double(column[Int(sorted[best.place + 1])])) / 2
    return C45Split(
      feature: feature, middle: middle, gain: worth.gain, ratio: worth.ratio, branchWeights: worth.weights)
  }
}
