import Foundation

/// Adam (Kingma and Ba 2015, Algorithm 1) over one block of parameters, with decoupled weight decay (Loshchilov and
/// Hutter 2019, Algorithm 2).
package struct Adam: ~Copyable {
  static let beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8
  private var first: Matrix, second: Matrix
  private var steps = 0
  private let weightDecay: Double

  /// - Parameter weightDecay: share of each parameter, times the rate, that a step takes away; 0 for plain Adam.
  package init(count: Int, weightDecay: Double = 0) {
    self.weightDecay = weightDecay
    first = Matrix(rows: 1, columns: count)
    second = Matrix(rows: 1, columns: count)
  }

  /// - Parameter gradientNorm: largest Euclidean norm of the whole gradient, which is scaled down to it; 0 for any.
  package mutating func step(_ parameters: inout Matrix, gradient: borrowing Matrix, rate: Double, gradientNorm: Double)
  {
    steps += 1
    var factor = 1.0
    if gradientNorm > 0 {
      let norm = Double(Kernels.dot(gradient, at: 0, gradient, at: 0, count: gradient.count)).squareRoot()
      if norm > gradientNorm { factor = gradientNorm / norm }
    }
    Kernels.adam(
      values: &parameters, gradient: gradient, first: &first, second: &second, factor: Float(factor),
      rate: Float(rate / (1 - pow(Self.beta1, Double(steps)))),
      secondCorrection: Float(1 / (1 - pow(Self.beta2, Double(steps))).squareRoot()), beta1: Float(Self.beta1),
      beta2: Float(Self.beta2), epsilon: Float(Self.epsilon), kept: Float(1 - rate * weightDecay))
  }
}
