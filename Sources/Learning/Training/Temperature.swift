import Foundation

/// The temperature that makes a softmax as sure as it is right (Guo et al. 2017).
enum Temperature {
  /// The temperature in 0.05...1000 with the smallest negative log-likelihood of the truths; 1 without any. That is convex in 1 / T, so
  /// golden section search on its logarithm finds the one minimum.
  ///
  /// - Parameters:
  ///   - scores: of each flow one for each class, larger being more probable. - truths: places in them.
  ///   - weights: what each flow counts; all alike where it is `nil`.
  static func fitted(_ scores: [[Double]], _ truths: [Int], weights: [Double]? = nil) -> Double {
    guard !scores.isEmpty else { return 1 }
    func likelihood(_ logarithm: Double) -> Double {
      negativeLogLikelihood(scores, truths, weights: weights, temperature: exp(logarithm))
    }
    let ratio = (5.0.squareRoot() - 1) / 2
    var low = log(0.05), high = log(1000.0)
    var left = high - ratio * (high - low), right = low + ratio * (high - low)
    var atLeft = likelihood(left), atRight = likelihood(right)
    for _ in 0..<40 {
      if atLeft < atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - ratio * (high - low)
        atLeft = likelihood(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + ratio * (high - low)
        atRight = likelihood(right)
      }
    }
    return exp((low + high) / 2)
  }

  /// Mean over the flows of -ln p(truth), with p the softmax of scores / temperature.
  static func negativeLogLikelihood(
    _ scores: [[Double]], _ truths: [Int], weights: [Double]? = nil, temperature: Double
  ) -> Double {
    var sum = 0.0, total = 0.0
    for (index, row) in scores.enumerated() where row.indices.contains(truths[index]) {
      let largest = row.max() ?? 0, weight = weights?[index] ?? 1
      total += weight
      sum +=
        weight
        * (log(row.reduce(0) { $0 + exp(($1 - largest) / temperature) }) - (row[truths[index]] - largest) / temperature)
    }
    return sum / max(total, 1e-12)
  }
}
