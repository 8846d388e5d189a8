import Foundation

/// A trained model: what it is, and its tensors. Specified in `schemas/model-file.md`.
package struct FrozenModel: Sendable, Equatable {
  package private(set) var description: ModelDescription
  /// Tensors by name, each of the shape ``TensorLayout`` gives it, and perhaps ``ReferenceFlows`` and those of ``BoostedTrees``.
  package private(set) var tensors: [String: Tensor]
  /// What the tensors mean where they are trees.
  let trees: TreeModel?
  /// Trees beside a network.
  let ensemble: EnsembleTrees?

  /// No weight of a working model comes near this, and with weights below it no sum over a flow leaves the range of
  /// `Float`.
  package static let largestMagnitude: Float = 1e6
  /// Bytes of the largest file that is read.
  package static let maximumFileBytes = 2 << 30

  /// - Throws: `badMetadata` or `badTensor`.
  package init(_ description: ModelDescription, tensors: [String: Tensor]) throws(ModelFileError) {
    if let fault = description.fault { throw ModelFileError(.badMetadata, fault) }
    if let recipe = description.shape.treeRecipe, let features = FlowFeatures(description.contract) {
      // Thresholds are microseconds and bytes a second: they may be large, and are checked node by node.
      trees = try TreeModel(
        recipe.architecture, features: features.features, labels: description.labels, tensors: tensors)
      ensemble = nil
      self.description = description
      self.tensors = tensors
      return
    }
    trees = nil
    ensemble = try EnsembleTrees(description, tensors)
    let entries = description.layout.entries
    let ofTrees = ensemble?.tensorNames ?? []
    let known = Set(entries.map(\.name) + [ReferenceFlows.tensorName] + ofTrees)
    if let references = tensors[ReferenceFlows.tensorName] { try Self.check(references, description) }
    if let name = tensors.keys.filter({ !known.contains($0) }).min() {
      throw ModelFileError(.badTensor, "the tensor '\(name)' is unknown to \(description.architecture.rawValue)")
    }
    for entry in entries {
      guard let tensor = tensors[entry.name] else {
        throw ModelFileError(.badTensor, "the tensor '\(entry.name)' is missing")
      }
      guard tensor.shape == entry.shape, tensor.values.count == entry.shape.reduce(1, *) else {
        throw ModelFileError(
          .badTensor, "the tensor '\(entry.name)' has shape \(tensor.shape), the model needs \(entry.shape)")
      }
      try Self.checkMagnitude(tensor, entry.name)
    }
    for name in ofTrees { if let tensor = tensors[name] { try Self.checkMagnitude(tensor, name) } }
    self.description = description
    self.tensors = tensors
  }

  private static func checkMagnitude(_ tensor: Tensor, _ name: String) throws(ModelFileError) {
    guard tensor.values.allSatisfy({ $0.magnitude <= largestMagnitude }) else {
      throw ModelFileError(
        .badTensor, "the tensor '\(name)' has a value that is no number or beyond \(largestMagnitude)")
    }
  }

  private static func check(_ references: Tensor, _ description: ModelDescription) throws(ModelFileError) {
    guard let width = description.featureCount else {
      throw ModelFileError(
        .badTensor, "\(description.architecture.rawValue) has no use for '\(ReferenceFlows.tensorName)'")
    }
    guard references.shape.count == 2, references.shape[1] == width,
      (1...ReferenceFlows.limit).contains(references.shape[0]),
      references.values.count == references.shape[0] * width
    else {
      throw ModelFileError(
        .badTensor,
        "the tensor '\(ReferenceFlows.tensorName)' has shape \(references.shape), the model needs [1 to \(ReferenceFlows.limit), \(width)]"
      )
    }
    // Rows of length 1, as far as their rounding goes: otherwise a cosine would mean nothing.
    for row in 0..<references.shape[0] {
      let square = references.values[row * width..<(row + 1) * width].reduce(0) { $0 + Double($1) * Double($1) }
      guard (0.999...1.001).contains(square) else {
        throw ModelFileError(
          .badTensor, "row \(row) of the tensor '\(ReferenceFlows.tensorName)' does not have length 1")
      }
    }
  }

  /// Changes what the model says of itself, such as its provenance or threshold.
  /// - Throws: as the initialiser does, when the tensors do not fit the new description; the model is then unchanged.
  package mutating func revise(_ change: (inout ModelDescription) -> Void) throws(ModelFileError) {
    var revised = description
    change(&revised)
    self = try FrozenModel(revised, tensors: tensors)
  }

  /// Reads a model from the bytes of its file.
  package init(parsing bytes: [UInt8]) throws(ModelFileError) {
    let file = try Safetensors(parsing: bytes)
    try self.init(try ModelDescription(metadata: file.metadata), tensors: file.tensors)
  }

  /// Reads a model file and hands its bytes to the caller's digest, so that what was hashed is what was loaded.
  ///
  /// - Parameter path: a file of at most 2 GiB.
  /// - Returns: the model and what `digest` made of the file's bytes.
  package static func load<Digest>(
    path: String, digest: ([UInt8]) -> Digest
  ) throws(ModelFileError) -> (model: FrozenModel, digest: Digest) {
    let bytes: [UInt8]
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? handle.close() }
      let size = try handle.seekToEnd()
      guard size <= UInt64(maximumFileBytes) else {
        throw ModelFileError(.damaged, "cannot load the model '\(path)': it has \(size) bytes; at most 2 GiB are read")
      }
      try handle.seek(toOffset: 0)
      bytes = Array(try handle.readToEnd() ?? Data())
    } catch let error as ModelFileError {
      throw error
    } catch {
      throw ModelFileError(.unreadable, "cannot read the model file '\(path)': \(error.localizedDescription)")
    }
    do {
      return (try FrozenModel(parsing: bytes), digest(bytes))
    } catch {
      throw ModelFileError(error.code, "cannot load the model '\(path)': \(error.message)")
    }
  }

  /// The bytes of the model's file. Equal models give equal bytes.
  package var fileBytes: [UInt8] {
    var file = Safetensors()
    file.metadata = description.metadata
    file.tensors = tensors
    return file.bytes
  }

  /// All tensors in one block, placed by the layout.
  func parameterBlock() -> Matrix {
    let layout = description.layout
    var values = [Float](repeating: 0, count: layout.count)
    for entry in layout.entries {
      guard let tensor = tensors[entry.name] else { continue }
      // Adding +0 turns -0 into +0; FlowClassifier relies on it for biases.
      for (index, value) in tensor.values.enumerated() { values[entry.region.start + index] = value + 0 }
    }
    return Matrix(rows: 1, columns: layout.count, values: values)
  }

  /// - Parameters:
  ///   - block: a block placed by the description's layout. - references: as ``ReferenceFlows`` keeps them.
  ///   - trees: the tensors of the trees beside the network.
  init(
    _ description: ModelDescription, block: borrowing Matrix, references: Tensor? = nil, trees: [String: Tensor] = [:]
  ) throws(ModelFileError) {
    var tensors = trees
    tensors[ReferenceFlows.tensorName] = references
    let values = block.values
    for entry in description.layout.entries {
      let start = entry.region.start
      tensors[entry.name] = Tensor(shape: entry.shape, values: Array(values[start..<start + entry.shape.reduce(1, *)]))
    }
    try self.init(description, tensors: tensors)
  }
}
