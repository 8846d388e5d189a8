/// Training flows that a model keeps, as its own features of them, to tell how familiar a flow is.
///
/// A softmax is as sure of a flow that is like nothing the network was trained on as of any other. The distance to the nearest
/// training flow in the network's features is not (Sun et al. 2022, "Out-of-Distribution Detection with Deep Nearest
/// Neighbors").
package struct ReferenceFlows: ~Copyable, Sendable {
  /// The tensor of a model file that holds them: [R, features], each row of length 1.
  package static let tensorName = "references"
  /// Most references of a model.
  package static let limit = 65_536

  // Features to R.
  private let weight: PackedWeight

  /// - Parameter tensor: [R, features].
  init?(_ tensor: Tensor?) {
    guard let tensor, tensor.shape.count == 2, tensor.values.count == tensor.shape[0] * tensor.shape[1] else {
      return nil
    }
    let block = Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.values)
    weight = PackedWeight(block, weight: block.region, bias: nil)
  }

  /// Flows compared at one time.
  private static let blockRows = 48

  /// Features of the flows compared at one time, and their cosines with the references.
  struct Scratch: ~Copyable, Sendable {
    // [blockRows, features], [blockRows, R].
    var features: Matrix, cosines: Matrix
  }

  func makeScratch() -> Scratch {
    Scratch(
      features: Matrix(rows: Self.blockRows, columns: weight.inputs),
      cosines: Matrix(rows: Self.blockRows, columns: weight.outputs))
  }

  /// - Parameter rows: rows of x to compare.
  /// - Returns: the similarity of each, in the same order.
  func similarities(of x: borrowing Matrix, rows: [Int], _ scratch: inout Scratch) -> [Float] {
    var result: [Float] = []
    for start in stride(from: 0, to: rows.count, by: Self.blockRows) {
      let block = rows[start..<min(start + Self.blockRows, rows.count)]
      for (place, row) in block.enumerated() {
        Kernels.copy(x, at: row * x.columns, to: &scratch.features, at: place * x.columns, count: x.columns)
      }
      let used = 0..<block.count
      Kernels.product(
        scratch.features, scratch.features.region.rows(used), weight, into: &scratch.cosines,
        scratch.cosines.region.rows(used))
      for (place, row) in block.enumerated() {
        let largest = Kernels.largest(scratch.cosines, at: place * weight.outputs, count: weight.outputs)
        let start = row * x.columns
        let length = Kernels.dot(x, at: start, x, at: start, count: x.columns).squareRoot()
        result.append(length > 0 ? min(1, max(-1, largest / length)) : 0)
      }
    }
    return result
  }

  private static func length(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// The tensor for some flows' features: each different one once, by chance where there are too many.
  ///
  /// - Returns: `nil` when no flow has features other than zeros.
  static func tensor(_ features: [[Float]], most limit: Int, _ generator: inout SeededGenerator) -> Tensor? {
    var seen: Set<[Float]> = []
    var rows: [[Float]] = []
    for values in features {
      let length = length(values)
      guard length > 0, length.isFinite else { continue }
      let unit = values.map { $0 / length }
      if seen.insert(unit).inserted { rows.append(unit) }
    }
    if rows.count > limit { rows = Array(generator.shuffled(rows).prefix(limit)) }
    guard let width = rows.first?.count else { return nil }
    return Tensor(shape: [rows.count, width], values: rows.flatMap(\.self))
  }
}
