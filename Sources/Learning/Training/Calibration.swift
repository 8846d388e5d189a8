import Foundation

/// What turns outputs into confidences that can be trusted, fitted on validation flows.
package struct Calibration: Sendable, Equatable {
  /// Outputs are divided by it before the softmax.
  package var temperature: Double
  /// Confidence below which the model abstains.
  package var threshold: Double
  /// Share of the validation flows at or above the threshold, and share of these that are wrong.
  package var coverage: Double, errorRate: Double

  /// - Parameters:
  ///   - outputs: r [K] of each validation flow. - truths: its class. - loss: what the outputs mean.
  ///   - errorRate: share of labelled flows that may be wrong.
  ///   - leastFlows: flows that must get a label at the threshold for its error rate to mean anything.
  package init(outputs: [[Float]], truths: [Int], loss: LossKind, errorRate: Double = 0.05, leastFlows: Int = 1) {
    let scores = outputs.map { $0.map { Double(loss.sign) * Double($0) } }
    temperature = Self.fittedTemperature(scores, truths)
    (threshold, coverage, self.errorRate) = (0, 1, 0)
    guard !outputs.isEmpty else { return }
    let factor = loss.sign / Float(temperature)
    let answers = zip(outputs, truths).map { outputs, truth -> (confidence: Double, isWrong: Bool) in
      let probabilities = Softmax.probabilities(outputs, factor: factor)
      let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      return (Double(probabilities[best]), best != truth)
    }
    chooseThreshold(answers.sorted { $0.confidence > $1.confidence }, errorRate, leastFlows)
  }

  /// The lowest confidence down to which the share of wrong labels stays within `errorRate` over at least `leastFlows`
  /// flows; 1 when there is none.
  private mutating func chooseThreshold(
    _ answers: [(confidence: Double, isWrong: Bool)], _ errorRate: Double, _ leastFlows: Int
  ) {
    (threshold, coverage, self.errorRate) = (1, 0, 0)
    var wrong = 0
    for (index, answer) in answers.enumerated() {
      wrong += answer.isWrong ? 1 : 0
      // A threshold cannot part flows of equal confidence.
      if index + 1 < answers.count, answers[index + 1].confidence == answer.confidence { continue }
      let share = Double(wrong) / Double(index + 1)
      if share <= errorRate, index + 1 >= leastFlows {
        (threshold, coverage) = (answer.confidence, Double(index + 1) / Double(answers.count))
        self.errorRate = share
      }
    }
  }

  /// The temperature in 0.05...20 with the smallest negative log-likelihood of the truths. That is convex in 1 / T, so
  /// golden section search on its logarithm finds the one minimum.
  private static func fittedTemperature(_ scores: [[Double]], _ truths: [Int]) -> Double {
    guard !scores.isEmpty else { return 1 }
    func likelihood(_ logarithm: Double) -> Double {
      negativeLogLikelihood(scores, truths, temperature: exp(logarithm))
    }
    let ratio = (5.0.squareRoot() - 1) / 2
    var low = log(0.05), high = log(20.0)
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
  static func negativeLogLikelihood(_ scores: [[Double]], _ truths: [Int], temperature: Double) -> Double {
    var sum = 0.0
    for (row, truth) in zip(scores, truths) where row.indices.contains(truth) {
      let largest = row.max() ?? 0
      sum += log(row.reduce(0) { $0 + exp(($1 - largest) / temperature) }) - (row[truth] - largest) / temperature
    }
    return sum / Double(max(scores.count, 1))
  }
}
