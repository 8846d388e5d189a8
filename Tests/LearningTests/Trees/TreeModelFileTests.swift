import Testing

@testable import Learning

@Suite struct TreeModelFileTests {
  private static func files() throws -> [TreeModelFile] {
    var provenance = TreeProvenance()
    provenance.dataSHA256 = ["00ff"]
    provenance.rows = 400
    provenance.options = TreeRecipe().optionTexts
    provenance.toolVersion = "0"
    var options = XGBoostOptions()
    options.rounds = 3
    return [
      TreeModelFile(.c45(C45Tree(growingOn: try TableText.mixed())), provenance: provenance, licence: "none"),
      TreeModelFile(.xgboost(try BoostedTrees(boostingOn: try TableText.numbers(), options: options))),
    ]
  }

  @Test func filesSurviveBeingWrittenAndRead() throws {
    for file in try Self.files() {
      let bytes = file.bytes
      let again = try TreeModelFile(parsing: bytes)
      #expect(again == file)
      #expect(again.bytes == bytes)
      let row = [Float](repeating: 3, count: file.model.features.count)
      #expect(again.model.probabilities(row) == file.model.probabilities(row))
    }
  }

  @Test func cutOffFilesAreRefused() throws {
    for bytes in try Self.files().map(\.bytes) {
      for end in stride(from: 0, to: bytes.count, by: 61) {
        #expect(throws: ModelFileError.self) { try TreeModelFile(parsing: Array(bytes[..<end])) }
      }
    }
  }

  /// A model that loads answers, whatever its bytes are.
  @Test func changedFilesAreRefusedOrAnswer() throws {
    var generator = SeededGenerator(seed: 21)
    for file in try Self.files() {
      let bytes = file.bytes
      for _ in 0..<600 {
        var changed = bytes
        for _ in 0...generator.below(3) { changed[generator.below(bytes.count)] = UInt8(generator.below(256)) }
        guard let read = try? TreeModelFile(parsing: changed) else { continue }
        #expect(read.model.probabilities([]).count == read.model.labels.count)
      }
    }
  }

  @Test(
    arguments: [
      ("tree.feature", 0, -1), ("tree.feature", 0, 99), ("tree.feature", 1, 0.5), ("tree.counts", 0, -1),
      ("tree.counts", 0, .nan), ("tree.label", 1, 3), ("tree.threshold", 0, .infinity),
    ] as [(String, Int, Float)])
  func impossibleTensorsAreRefused(name: String, index: Int, value: Float) throws {
    let tree = C45Tree(growingOn: try TableText.mixed())
    var tensors = tree.tensors
    tensors[name]?.values[index] = value
    #expect(throws: ModelFileError.self) {
      try C45Tree(features: tree.features, labels: tree.labels, tensors: tensors)
    }
  }

  @Test(
    arguments: [
      ("nodes.feature", 0, -1), ("nodes.feature", 0, 9), ("nodes.missing_first", 0, 2), ("trees.size", 0, 2),
      ("trees.label", 0, 3), ("nodes.value", 1, .nan), ("base_score", 0, .infinity),
    ] as [(String, Int, Float)])
  func impossibleBoostedTensorsAreRefused(name: String, index: Int, value: Float) throws {
    var options = XGBoostOptions()
    options.rounds = 1
    let trees = try BoostedTrees(boostingOn: try TableText.numbers(), options: options)
    var tensors = trees.tensors
    tensors[name]?.values[index] = value
    #expect(throws: ModelFileError.self) {
      try BoostedTrees(features: trees.features, labels: trees.labels, tensors: tensors)
    }
  }

  @Test func otherModelsAreRefusedWithASentence() throws {
    var file = Safetensors()
    file.metadata = ["flowcase.format_version": "1", "flowcase.architecture": "attention-lstm"]
    let error = #expect(throws: ModelFileError.self) { try TreeModelFile(parsing: file.bytes) }
    #expect(error?.message == "the architecture 'attention-lstm' is no tree; c4.5 and xgboost are")
  }
}
