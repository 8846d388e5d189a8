import Foundation

/// The metadata keys of a model file; the prefix keeps them apart from what other tools add.
private enum Key: String, CaseIterable {
  case formatVersion = "flowcase.format_version"
  case architecture = "flowcase.architecture"
  case labels = "flowcase.labels"
  case parents = "flowcase.parents"
  case outside = "flowcase.outside"
  case contract = "flowcase.contract"
  case dimensions = "flowcase.dimensions"
  case ensemble = "flowcase.ensemble"
  case loss = "flowcase.loss"
  case temperature = "flowcase.temperature"
  case contestedTemperature = "flowcase.contested_temperature"
  case labelTemperature = "flowcase.label_temperature"
  case threshold = "flowcase.threshold"
  case classThresholds = "flowcase.class_thresholds"
  case labelThresholds = "flowcase.label_thresholds"
  case setShare = "flowcase.set_share"
  case training = "flowcase.training"
  case errorRates = "flowcase.error_rates"
  case licence = "flowcase.licence"
}

extension ModelDescription {
  /// The version of the format that is written and read.
  package static let formatVersion = "1"

  /// The description as safetensors metadata; equal descriptions give equal texts.
  package var metadata: [String: String] {
    var result: [Key: String] = [
      .formatVersion: Self.formatVersion, .architecture: architecture.rawValue, .labels: Self.text(labels),
      .contract: Self.text(contract), .dimensions: shape.dimensionsText, .loss: loss.rawValue,
      .temperature: Self.text(temperature), .threshold: Self.text(threshold),
    ]
    result[.parents] = parents.map { Self.text($0) }
    result[.outside] = outside.map { Self.text($0) }
    result[.labelTemperature] = labelTemperature.map { Self.text($0) }
    result[.classThresholds] = classThresholds.map { Self.text($0) }
    result[.setShare] = setShare.map { Self.text($0) }
    result[.ensemble] = ensemble.map { Self.text($0) }
    result[.contestedTemperature] = contestedTemperature.map { Self.text($0) }
    result[.labelThresholds] = labelThresholds.map { Self.text($0) }
    result[.training] = training.map { Self.text($0) }
    result[.errorRates] = errorRates.isEmpty ? nil : Self.text(errorRates)
    result[.licence] = licence
    return Dictionary(uniqueKeysWithValues: result.map { ($0.key.rawValue, $0.value) })
  }

  /// - Throws: `notAModel` without a format version, `unsupportedVersion` for a version other than ours, `badMetadata`
  ///   for a key that is missing, unknown, or has a value that is not understood.
  package init(metadata: [String: String]) throws(ModelFileError) {
    func required(_ key: Key) throws(ModelFileError) -> String {
      guard let text = metadata[key.rawValue] else { throw ModelFileError(.badMetadata, "\(key.rawValue) is missing") }
      return text
    }
    guard let version = metadata[Key.formatVersion.rawValue] else {
      throw ModelFileError(.notAModel, "the metadata has no \(Key.formatVersion.rawValue): not a Flowcase model")
    }
    guard version == Self.formatVersion else {
      throw ModelFileError(
        .unsupportedVersion, "the model has format version '\(version)', this program reads \(Self.formatVersion)")
    }
    // PyTorch's writer adds `format`. Anything else could change what the model means.
    for name in metadata.keys.sorted() where Key(rawValue: name) == nil && name != "format" {
      throw ModelFileError(.badMetadata, "the metadata '\(name)' is unknown")
    }
    let architectureName = try required(.architecture)
    guard let architecture = Architecture(rawValue: architectureName) else {
      throw ModelFileError(.badMetadata, "the architecture '\(architectureName)' is unknown")
    }
    let lossName = try required(.loss)
    guard let loss = LossKind(rawValue: lossName) else {
      throw ModelFileError(.badMetadata, "the loss '\(lossName)' is unknown")
    }
    self.init(
      labels: try Self.value(try required(.labels), .labels),
      contract: try Self.value(try required(.contract), .contract),
      shape: try Self.shape(architecture, try required(.dimensions)), loss: loss)
    if let text = metadata[Key.ensemble.rawValue] { ensemble = try Self.value(text, .ensemble) }
    temperature = try Self.value(try required(.temperature), .temperature)
    if let text = metadata[Key.contestedTemperature.rawValue] {
      contestedTemperature = try Self.value(text, .contestedTemperature)
    }
    threshold = try Self.value(try required(.threshold), .threshold)
    if let text = metadata[Key.labelThresholds.rawValue] { labelThresholds = try Self.value(text, .labelThresholds) }
    if let text = metadata[Key.parents.rawValue] { parents = try Self.value(text, .parents) }
    if let text = metadata[Key.outside.rawValue] { outside = try Self.value(text, .outside) }
    if let text = metadata[Key.labelTemperature.rawValue] { labelTemperature = try Self.value(text, .labelTemperature) }
    if let text = metadata[Key.classThresholds.rawValue] { classThresholds = try Self.value(text, .classThresholds) }
    if let text = metadata[Key.setShare.rawValue] { setShare = try Self.value(text, .setShare) }
    if let text = metadata[Key.training.rawValue] { training = try Self.value(text, .training) }
    if let text = metadata[Key.errorRates.rawValue] { errorRates = try Self.value(text, .errorRates) }
    licence = metadata[Key.licence.rawValue]
    if let fault { throw ModelFileError(.badMetadata, fault) }
  }

  private static func shape(_ architecture: Architecture, _ text: String) throws(ModelFileError) -> NetworkShape {
    switch architecture {
    case .attentionLSTM: .attentionLSTM(try value(text, .dimensions))
    case .han: .han(try value(text, .dimensions))
    case .cnn1D: .cnn1D(try value(text, .dimensions))
    case .deepPacket: .deepPacket(try value(text, .dimensions))
    case .cnnLSTM: .cnnLSTM(try value(text, .dimensions))
    case .c45: .c45(try value(text, .dimensions))
    case .xgboost: .xgboost(try value(text, .dimensions))
    }
  }

  /// Reads a value of one meaning: the text is strict JSON and says nothing that the type does not hold.
  private static func value<Value: Codable>(_ text: String, _ key: Key) throws(ModelFileError) -> Value {
    func refusal(_ reason: String) -> ModelFileError { ModelFileError(.badMetadata, "\(key.rawValue): \(reason)") }
    let source: JSONValue
    do { source = try JSONValue(parsing: text) } catch { throw refusal("\(error)") }
    let value: Value
    do {
      value = try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw refusal(wording(of: error))
    } catch {
      throw refusal("it cannot be read")
    }
    // Decoders pass over members they do not know; what was read must be all that was written.
    guard (try? JSONValue(parsing: self.text(value))) == source else {
      throw refusal("it has a member that is unknown")
    }
    return value
  }

  private static func wording(of error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      (context.codingPath.map(\.stringValue) + [context.debugDescription]).joined(separator: ": ")
    @unknown default: "it cannot be read"
    }
  }

  fileprivate static func text(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // The types encoded here hold strings, whole numbers and checked finite numbers; none of these can fail.
    guard let data = try? encoder.encode(value), let value = try? JSONValue(parsing: Array(data)) else { return "null" }
    return value.canonicalText
  }
}

extension NetworkShape {
  fileprivate var dimensionsText: String {
    switch self {
    case .attentionLSTM(let size), .han(let size): ModelDescription.text(size)
    case .cnn1D(let size): ModelDescription.text(size)
    case .deepPacket(let size): ModelDescription.text(size)
    case .cnnLSTM(let size): ModelDescription.text(size)
    case .c45(let options): ModelDescription.text(options)
    case .xgboost(let options): ModelDescription.text(options)
    }
  }
}
