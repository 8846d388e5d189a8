import Foundation

/// What each training flow counts, so that neither a laboratory with many flows nor a class with many outweighs the others.
enum FlowWeights {
  /// Flows of one laboratory and class have n of them to the power of minus `laboratoryWeight` each; then classes are brought nearer to
  /// each other by the root of what they have together.
  ///
  /// - Returns: one weight for each index, with a mean of 1; `nil` where the options ask for none.
  static func weights(_ dataset: Dataset, _ indices: [Int], _ options: TrainingOptions, _ classes: [Int]) -> [Float]? {
    guard let exponent = options.laboratoryWeight else { return nil }
    struct Key: Hashable {
      var laboratory: String
      var place: Int
    }
    let keys = indices.map { index in
      Key(laboratory: dataset.examples[index].laboratory, place: classes[dataset.examples[index].label])
    }
    let counts = keys.reduce(into: [Key: Int]()) { $0[$1, default: 0] += 1 }
    var weights = keys.map { pow(Double(counts[$0] ?? 1), -exponent) }
    var totals: [Int: Double] = [:]
    for (key, weight) in zip(keys, weights) { totals[key.place, default: 0] += weight }
    let largest = totals.values.max() ?? 1
    for (place, key) in keys.enumerated() {
      weights[place] *= (largest / max(totals[key.place] ?? largest, 1e-9)).squareRoot()
    }
    let mean = weights.reduce(0, +) / Double(max(weights.count, 1))
    return weights.map { Float($0 / mean) }
  }

  /// Deals as many places as there are weights, each in proportion to its weight: whole parts for certain, the rest by chance.
  ///
  /// Systematic resampling on an order drawn by chance (Kitagawa 1996): a flow of weight 2.5 comes two or three times.
  static func drawn(_ indices: [Int], _ weights: [Float], _ generator: inout SeededGenerator) -> [Int] {
    let order = generator.shuffled(Array(indices.indices))
    let total = weights.reduce(0) { $0 + Double($1) }, step = total / Double(max(indices.count, 1))
    var next = Double(generator.unit()) * step, sum = 0.0, result: [Int] = []
    for place in order {
      sum += Double(weights[place])
      while next < sum, result.count < indices.count {
        result.append(indices[place])
        next += step
      }
    }
    return generator.shuffled(result)
  }
}
