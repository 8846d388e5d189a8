/// The tensors of a tree model, checked as they are taken.
struct TreeTensors {
  private let tensors: [String: Tensor]

  /// Whole numbers above it are not all single-precision numbers.
  private static let largestCount = 1 << 24

  /// - Throws: when a tensor is missing or there is another.
  init(_ tensors: [String: Tensor], named names: [String]) throws(ModelFileError) {
    if let unknown = tensors.keys.filter({ !names.contains($0) }).min() {
      throw ModelFileError(.badTensor, "the tensor '\(unknown)' is unknown to this kind of tree")
    }
    if let missing = names.first(where: { tensors[$0] == nil }) {
      throw ModelFileError(.badTensor, "the tensor '\(missing)' is missing")
    }
    self.tensors = tensors
  }

  /// Values of a tensor of one dimension, at least one.
  func count(_ name: String) throws(ModelFileError) -> Int {
    guard let shape = tensors[name]?.shape, shape.count == 1, (1...Self.largestCount).contains(shape[0]) else {
      throw ModelFileError(.badTensor, "the tensor '\(name)' is not a list of 1 to \(Self.largestCount) values")
    }
    return shape[0]
  }

  /// Finite values of a tensor of a shape.
  func values(_ name: String, shape: [Int]) throws(ModelFileError) -> [Float] {
    guard let tensor = tensors[name], tensor.shape == shape, tensor.values.count == shape.reduce(1, *) else {
      throw ModelFileError(.badTensor, "the tensor '\(name)' has another shape than \(shape)")
    }
    guard tensor.values.allSatisfy(\.isFinite) else {
      throw ModelFileError(.badTensor, "the tensor '\(name)' has a value that is no finite number")
    }
    return tensor.values
  }

  /// Values of a tensor that are whole and in a range.
  func wholeNumbers(_ name: String, _ range: Range<Int>, shape: [Int]) throws(ModelFileError) -> [Int] {
    var numbers: [Int] = []
    for value in try values(name, shape: shape) {
      guard let number = Int(exactly: value), range.contains(number) else {
        throw ModelFileError(.badTensor, "the tensor '\(name)' has the value \(value), not a whole number in \(range)")
      }
      numbers.append(number)
    }
    return numbers
  }
}
