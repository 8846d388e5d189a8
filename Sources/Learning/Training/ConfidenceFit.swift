import Foundation

/// Temperature and doubt under which outputs say how often they are right: those with the smallest negative
/// log-likelihood of the true classes.
struct ConfidenceFit {
  /// Outputs of each flow, larger for likelier classes, and its class.
  private let scores: [[Double]], truths: [Int]

  /// - Parameters:
  ///   - answers: of each flow. - truths: its class; a flow whose class is none of the outputs does not count.
  init(_ answers: [NetworkAnswer], truths: [Int], _ loss: LossKind) {
    let known = zip(answers, truths).filter { $0.outputs.indices.contains($1) }
    scores = known.map { answer, _ in answer.outputs.map { Double(loss.sign) * Double($0) } }
    self.truths = known.map(\.1)
  }

  /// The temperature in 0.05...20 for answers that are taken at their word. The likelihood is convex in 1 / T, so that
  /// the search on its logarithm finds the one minimum.
  func temperature() -> Double {
    guard !scores.isEmpty else { return 1 }
    return exp(Self.minimum(in: log(0.05)...log(20)) { loss(temperature: exp($0)) })
  }

  /// The temperature in 0.05...20 and the doubt in 0...0.99 that fit together best.
  ///
  /// For one temperature the likelihood is convex in the doubt. Along the temperatures it need not be, so the best of a
  /// grid is where the search begins.
  func temperatureAndDoubt() -> (temperature: Double, doubt: Double) {
    guard !scores.isEmpty else { return (1, 0) }
    func bestDoubt(_ logarithms: [Double]) -> Double {
      let best = Self.minimum(in: 0...0.99) { loss(logarithms, doubt: $0) }
      // The search ends beside a minimum at the edge, not on it.
      return best < 0.001 ? 0 : best
    }
    func bestLoss(_ logTemperature: Double) -> Double {
      let logarithms = logarithms(temperature: exp(logTemperature))
      return loss(logarithms, doubt: bestDoubt(logarithms))
    }
    let step = (log(20) - log(0.05)) / 24
    let grid = (0...24).map { log(0.05) + Double($0) * step }
    let losses = grid.map(bestLoss)
    let start = grid[losses.indices.min { losses[$0] < losses[$1] } ?? 0]
    let range = max(grid[0], start - step)...min(grid[24], start + step)
    let temperature = exp(Self.minimum(in: range, bestLoss))
    return (temperature, bestDoubt(logarithms(temperature: temperature)))
  }

  /// Mean of -ln p(truth), with p the softmax of scores / temperature.
  func loss(temperature: Double) -> Double { loss(logarithms(temperature: temperature), doubt: 0) }

  /// ln p(truth) of each flow.
  private func logarithms(temperature: Double) -> [Double] {
    zip(scores, truths).map { row, truth in
      let largest = row.max() ?? 0
      return (row[truth] - largest) / temperature - log(row.reduce(0) { $0 + exp(($1 - largest) / temperature) })
    }
  }

  /// Mean of -ln((1 - doubt) p(truth) + doubt / K).
  private func loss(_ logarithms: [Double], doubt: Double) -> Double {
    let shared = doubt / Double(scores.first?.count ?? 1)
    let sum = logarithms.reduce(0) { $0 + (doubt > 0 ? log((1 - doubt) * exp($1) + shared) : $1) }
    return -sum / Double(max(logarithms.count, 1))
  }

  /// Golden section search for the one minimum of a function.
  private static func minimum(in range: ClosedRange<Double>, _ function: (Double) -> Double) -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var low = range.lowerBound, high = range.upperBound
    var left = high - ratio * (high - low), right = low + ratio * (high - low)
    var atLeft = function(left), atRight = function(right)
    for _ in 0..<40 {
      if atLeft < atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - ratio * (high - low)
        atLeft = function(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + ratio * (high - low)
        atRight = function(right)
      }
    }
    return (low + high) / 2
  }
}
