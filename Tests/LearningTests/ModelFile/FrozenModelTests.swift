import Foundation
import Learning
import Records
import Testing

@Suite struct FrozenModelTests {
  /// The model of `fixtures/models/tiny.safetensors`: drawn weights, every kind of metadata.
  static func tiny() throws -> FrozenModel {
    var contract = InputContract(packets: 3, bytesPerPacket: 4)
    contract.channels = [.direction]
    contract.maskedFields = [.checksums, .ipID]
    contract.leaveOut = .dns
    var model = try SampleFlows.model(
      contract, dimensions: Dimensions(units: 2, attention: 2, hidden: 3), labels: 2, scale: 0.5)
    var provenance = TrainingProvenance(options: TrainingOptions())
    provenance.dataSHA256 = [String(repeating: "0f", count: 32)]
    provenance.split = "random"
    provenance.date = "2026-01-02T03:04:05Z"
    provenance.toolVersion = "0.0.0"
    try model.revise {
      $0.training = provenance
      $0.errorRates = [
        MeasuredRates(split: "grouped", flows: 10, accuracy: 0.75, macroF1: 0.5, coverage: 0.5, errorRate: 0.25)
      ]
      ($0.temperature, $0.threshold, $0.licence) = (1.25, 0.4, "CC0-1.0")
    }
    return model
  }

  private func message(_ change: (inout Safetensors) throws -> Void) throws -> ModelFileError? {
    var file = try Safetensors(parsing: try Self.tiny().fileBytes)
    try change(&file)
    do {
      _ = try FrozenModel(parsing: file.bytes)
      return nil
    } catch { return error }
  }

  @Test func `what is written is read, and written again byte for byte`() throws {
    let model = try Self.tiny()
    let bytes = model.fileBytes
    let back = try FrozenModel(parsing: bytes)
    #expect(back == model)
    #expect(back.fileBytes == bytes)
  }

  /// Set RECORD_FIXTURES to write the fixture anew after a change of format.
  @Test func `the committed model still loads and is still what this program writes`() throws {
    let path = Fixtures.folder.appending(path: "models/tiny.safetensors")
    if ProcessInfo.processInfo.environment["RECORD_FIXTURES"] != nil {
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(try Self.tiny().fileBytes).write(to: path)
    }
    let loaded = try FrozenModel.load(path: path.path) { $0.count }
    #expect(loaded.model == (try Self.tiny()))
    #expect(try Fixtures.bytes("models/tiny.safetensors") == (try Self.tiny().fileBytes))
    #expect(loaded.digest == (try Self.tiny().fileBytes.count))
  }

  @Test func `save and load through a file`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "flowcase-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(Self.tiny().fileBytes).write(to: URL(filePath: path))
    #expect(try FrozenModel.load(path: path) { _ in 0 }.model == (try Self.tiny()))
    let missing = #expect(throws: ModelFileError.self) { try FrozenModel.load(path: path + ".none") { _ in 0 } }
    #expect(missing?.code == .unreadable)
  }

  @Test func `each kind of fault has its code and names its place`() throws {
    func check(_ code: ModelFileError.Code, _ words: String, _ change: (inout Safetensors) throws -> Void) throws {
      let error = try message(change)
      #expect(error?.code == code, "\(words): \(error?.message ?? "loaded")")
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "loaded")")
    }
    try check(.notAModel, "not a Flowcase model") { $0.metadata = [:] }
    try check(.unsupportedVersion, "'2'") { $0.metadata["flowcase.format_version"] = "2" }
    try check(.badMetadata, "transformer") { $0.metadata["flowcase.architecture"] = "transformer" }
    try check(.badMetadata, "hinge") { $0.metadata["flowcase.loss"] = "hinge" }
    try check(.badMetadata, "flowcase.contract is missing") { $0.metadata["flowcase.contract"] = nil }
    try check(.badMetadata, "'flowcase.later' is unknown") { $0.metadata["flowcase.later"] = "1" }
    try check(.badMetadata, "second time") { $0.metadata["flowcase.dimensions"] = #"{"units":2,"units":2}"# }
    try check(.badMetadata, "unknown") {
      $0.metadata["flowcase.dimensions"] = #"{"units":2,"attention":2,"hidden":3,"layers":1}"#
    }
    try check(.badMetadata, "label is listed twice") { $0.metadata["flowcase.labels"] = #"["a","a"]"# }
    try check(.badMetadata, "1 labels") { $0.metadata["flowcase.labels"] = #"["a"]"# }
    try check(.badMetadata, "temperature") { $0.metadata["flowcase.temperature"] = "0" }
    try check(.badMetadata, "threshold") { $0.metadata["flowcase.threshold"] = "1.5" }
    try check(.badMetadata, "packets is 0") {
      let text = $0.metadata["flowcase.contract"] ?? ""
      $0.metadata["flowcase.contract"] = text.replacingOccurrences(of: "\"packets\":3", with: "\"packets\":0")
    }
    try check(.badTensor, "'output.weight' has shape") { $0.metadata["flowcase.labels"] = #"["a","b","c"]"# }
    try check(.badTensor, "'hidden.bias' is missing") { $0.tensors["hidden.bias"] = nil }
    try check(.badTensor, "'extra' is unknown") { $0.tensors["extra"] = Tensor(shape: [1], values: [0]) }
    for value in [Float.nan, .infinity, -1e7] {
      try check(.badTensor, "'hidden.bias' has a value") { $0.tensors["hidden.bias"]?.values[1] = value }
    }
    #expect(try message { $0.metadata["format"] = "pt" } == nil)
  }

  @Test func `a revision that does not fit the tensors is refused`() throws {
    var model = try Self.tiny()
    #expect(throws: ModelFileError.self) { try model.revise { $0.labels.append("third") } }
    #expect(throws: ModelFileError.self) { try model.revise { $0.threshold = .nan } }
    #expect(model == (try Self.tiny()))
  }

  @Test func `dimensions that would not fit in memory are refused by the file's own size`() throws {
    let error = try message {
      $0.metadata["flowcase.dimensions"] = #"{"units":4096,"attention":4096,"hidden":4096}"#
    }
    #expect(error?.code == .badTensor)
  }

  @Test func `the record names the model for a case`() throws {
    let digest = try #require(SHA256Digest([UInt8](repeating: 1, count: 32)))
    let record = try Self.tiny().description.record(sha256: digest)
    #expect(record.labels == ["label 0", "label 1"])
    #expect(record.architecture == "attention-lstm")
    #expect(record.packetCount == 3)
    #expect(record.threshold == 0.4)
    let metadata = try JSONValue(parsing: record.metadataJSON).members
    #expect(metadata?["flowcase.licence"] == .string("CC0-1.0"))
  }

  /// Damage of a byte or by truncation is either refused or harmless; it never traps, and what loads can run.
  @Test func `every damaged byte and every truncation of a tiny model`() throws {
    var contract = InputContract(packets: 1, bytesPerPacket: 1)
    contract.channels = [.gap]
    let bytes = try SampleFlows.model(
      contract, dimensions: Dimensions(units: 1, attention: 1, hidden: 1), labels: 2
    ).fileBytes
    let flows = SampleFlows.random(2, seed: 1, longest: 30)
    var loaded = 0
    for index in bytes.indices {
      // All bits of the byte, and one that goes round with the place.
      for flip in [0xff, 1 << UInt8(index % 8)] as [UInt8] {
        var damaged = bytes
        damaged[index] ^= flip
        guard let model = try? FrozenModel(parsing: damaged) else { continue }
        loaded += 1
        let classifier = FlowClassifier(model)
        var scratch = InferenceScratch(for: classifier)
        for answer in classifier.answers(on: flows, scratch: &scratch) {
          #expect(answer.outputs.allSatisfy { $0.isFinite })
        }
      }
    }
    #expect(loaded > 0)
    for count in bytes.indices {
      #expect(throws: ModelFileError.self) { try FrozenModel(parsing: Array(bytes[..<count])) }
    }
  }
}
