/// Exponentials divided by their sum, so that they can be read as shares of 1.
enum Softmax {
  /// p_k = exp(factor x_k) / sum over j of exp(factor x_j), in the order of `values`.
  static func probabilities(_ values: [Float], factor: Float = 1) -> [Float] {
    var row = Matrix(rows: 1, columns: values.count, values: values)
    apply(&row, at: 0, count: values.count, factor: factor)
    return row.values
  }

  /// The same in place, over `count` values from `start` on.
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
