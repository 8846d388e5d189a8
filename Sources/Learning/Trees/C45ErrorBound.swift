import Foundation

/// The pessimistic estimate of a leaf's errors that C4.5 prunes by: the upper end of a binomial confidence interval
/// (Quinlan, *C4.5: Programs for Machine Learning*, 1993, section 4.2).
///
/// The interval is exact for no errors and uses the normal approximation with a correction of half an error from one
/// error on. The deviation that belongs to the confidence is computed, where the program of the book interpolates in a
/// table of nine entries.
struct C45ErrorBound: Sendable {
  private let confidence: Double
  /// Square of the normal deviate that is exceeded with probability `confidence`.
  private let squaredDeviate: Double

  /// - Parameter confidence: above 0, at most 0.5.
  init(confidence: Double) {
    self.confidence = confidence
    let deviate = Self.deviate(exceededWith: confidence)
    squaredDeviate = deviate * deviate
  }

  /// Errors to expect beyond those seen.
  ///
  /// - Parameters:
  ///   - errors: cases of other classes at the leaf. - cases: all cases at the leaf.
  func extraErrors(_ errors: Double, of cases: Double) -> Double {
    guard cases > 0 else { return 0 }
    if errors < 1 {
      let none = cases * (1 - exp(log(confidence) / cases))
      return errors < 1e-6 ? none : none + errors * (extraErrors(1, of: cases) - none)
    }
    if errors + 0.5 >= cases { return max(0.67 * (cases - errors), 0) }
    let corrected = errors + 0.5
    let root = (squaredDeviate * (corrected * (1 - corrected / cases) + squaredDeviate / 4)).squareRoot()
    return cases * (corrected + squaredDeviate / 2 + root) / (cases + squaredDeviate) - errors
  }

  /// By bisection of the normal tail, to the last bit that matters.
  private static func deviate(exceededWith probability: Double) -> Double {
    var low = 0.0, high = 40.0
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if erfc(middle / 2.squareRoot()) / 2 > probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
