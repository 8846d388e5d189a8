/// Exponentials divided by their sum, so that they can be read as shares of 1.
enum Softmax {
  /// p_k = exp(factor x_k) / sum over j of exp(factor x_j), in the order of `values`.
  static func probabilities(_ values: [Float], factor: Float = 1) -> [Float] {
    var row = Matrix(rows: 1, columns: values.count, values: values)
    apply(&row, at: 0, count: values.count, factor: factor)
    return row.values
  }

  /// ln p_k, in the order of `values`.
  static func logarithms(_ values: [Float], factor: Float = 1) -> [Float] {
    guard let largest = values.map({ factor * $0 }).max() else { return [] }
    let shifted = values.map { factor * $0 - largest }
    var powers = Matrix(rows: 1, columns: values.count, values: shifted)
    Kernels.exponentiate(&powers, powers.region)
    var sum: Float = 0
    for index in values.indices { sum += powers[0, index] }
    let logarithm = Float(naturalLogarithm(Double(sum)))
    return shifted.map { $0 - logarithm }
  }

  /// ln of the sum of exp(x) over the values; the value itself where there is one, and minus infinity of none.
  static func logarithmOfSum(_ values: [Float]) -> Float {
    guard let largest = values.max() else { return -.infinity }
    if values.count == 1 { return largest }
    var powers = Matrix(rows: 1, columns: values.count, values: values.map { $0 - largest })
    Kernels.exponentiate(&powers, powers.region)
    var sum: Float = 0
    for index in values.indices { sum += powers[0, index] }
    return largest + Float(naturalLogarithm(Double(sum)))
  }

  /// ln x of a finite x of at least 1, by basic operations alone, so that every CPU and C library gives the same bits:
  /// the series of 2 artanh((m - 1) / (m + 1)) for the significand m in 0.75..<1.5, and ln 2 for each doubling.
  private static func naturalLogarithm(_ x: Double) -> Double {
    var significand = x.significand, exponent = Double(x.exponent)
    if significand >= 1.5 { (significand, exponent) = (significand / 2, exponent + 1) }
    let ratio = (significand - 1) / (significand + 1)
    var power = ratio, sum = 0.0
    for degree in stride(from: 1.0, through: 25, by: 2) {
      sum += power / degree
      power *= ratio * ratio
    }
    return 2 * sum + exponent * 0.693_147_180_559_945_3
  }

  /// The same as ``probabilities(_:factor:)`` in place, over `count` values from `start` on.
  static func apply(_ matrix: inout Matrix, at start: Int, count: Int, factor: Float = 1) {
    guard count > 0 else { return }
    let region = Region(start: start, rows: 1, columns: count, stride: count)
    precondition(region.fits(in: matrix.count))
    var largest = -Float.infinity
    for index in start..<start + count { largest = max(largest, factor * matrix[0, index]) }
    for index in start..<start + count { matrix[0, index] = factor * matrix[0, index] - largest }
    Kernels.exponentiate(&matrix, region)
    var sum: Float = 0
    for index in start..<start + count { sum += matrix[0, index] }
    for index in start..<start + count { matrix[0, index] /= sum }
  }
}
