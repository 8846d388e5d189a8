/// What a tree model was trained on.
package struct TreeProvenance: Sendable, Equatable {
  /// SHA-256 of the tables, hexadecimal.
  package var dataSHA256: [String] = []
  package var rows = 0
  /// Options by name, as texts.
  package var options: [String: String] = [:]
  package var toolVersion = ""

  package init() {}
}

/// The model file of a tree model; specified in `schemas/model-file.md`.
package struct TreeModelFile: Sendable, Equatable {
  package var model: TreeModel
  package var provenance: TreeProvenance?
  package var licence: String?

  package init(_ model: TreeModel, provenance: TreeProvenance? = nil, licence: String? = nil) {
    self.model = model
    self.provenance = provenance
    self.licence = licence
  }

  private static let formatVersion = "1"
  private static let known: Set<String> = [
    "format", "flowcase.format_version", "flowcase.architecture", "flowcase.labels", "flowcase.features",
    "flowcase.training", "flowcase.licence",
  ]

  /// The bytes of the file. Equal contents give equal bytes.
  package var bytes: [UInt8] {
    var file = Safetensors()
    file.metadata = [
      "flowcase.format_version": Self.formatVersion, "flowcase.architecture": model.architecture.rawValue,
      "flowcase.labels": JSONValue.array(model.labels.map { .string($0) }).canonicalText,
      "flowcase.features": JSONValue.array(model.features.map(Self.json)).canonicalText,
    ]
    file.metadata["flowcase.training"] = provenance.map(Self.json)?.canonicalText
    file.metadata["flowcase.licence"] = licence
    switch model {
    case .c45(let tree): file.tensors = tree.tensors
    case .xgboost(let trees): file.tensors = trees.tensors
    }
    return file.bytes
  }

  /// Reads a file; whatever is not as specified is refused.
  package init(parsing bytes: [UInt8]) throws(ModelFileError) {
    let file = try Safetensors(parsing: bytes)
    let metadata = file.metadata
    guard let version = metadata["flowcase.format_version"], let name = metadata["flowcase.architecture"] else {
      throw ModelFileError(.notAModel, "it is a safetensors file, but not one of a Flowcase model")
    }
    guard version == Self.formatVersion else {
      throw ModelFileError(.unsupportedVersion, "the file has format version '\(version)'; version 1 is read")
    }
    if let unknown = metadata.keys.filter({ !Self.known.contains($0) }).min() {
      throw ModelFileError(.badMetadata, "the metadata '\(unknown)' is unknown to a tree model")
    }
    guard let architecture = TreeModel.Architecture(rawValue: name) else {
      throw ModelFileError(.badMetadata, "the architecture '\(name)' is no tree; c4.5 and xgboost are")
    }
    let labels = try Self.names(try Self.parse(metadata, "flowcase.labels"), "flowcase.labels")
    let features = try Self.features(try Self.parse(metadata, "flowcase.features"))
    switch architecture {
    case .c45: model = .c45(try C45Tree(features: features, labels: labels, tensors: file.tensors))
    case .xgboost:
      guard features.allSatisfy({ $0.categories == nil }) else {
        throw ModelFileError(.badMetadata, "xgboost takes numbers only, and a feature is a list of values")
      }
      model = .xgboost(try BoostedTrees(features: features, labels: labels, tensors: file.tensors))
    }
    provenance = nil
    if metadata["flowcase.training"] != nil {
      provenance = try Self.provenance(try Self.parse(metadata, "flowcase.training"))
    }
    licence = metadata["flowcase.licence"]
  }

  private static func parse(_ metadata: [String: String], _ key: String) throws(ModelFileError) -> JSONValue {
    guard let text = metadata[key] else { throw ModelFileError(.badMetadata, "the metadata '\(key)' is missing") }
    do throws(JSONError) {
      return try JSONValue(parsing: text)
    } catch {
      throw ModelFileError(.badMetadata, "the metadata '\(key)' has \(error)")
    }
  }

  /// Different, non-empty texts: 2 to 4096 of them, or 1 where one will do.
  private static func names(_ value: JSONValue?, _ what: String, atLeast least: Int = 2) throws(ModelFileError)
    -> [String]
  {
    let elements = value?.elements ?? []
    let names = elements.compactMap(\.text)
    guard (least...4096).contains(names.count), names.count == elements.count, Set(names).count == names.count,
      !names.contains("")
    else { throw ModelFileError(.badMetadata, "'\(what)' is not a list of \(least) to 4096 different names") }
    return names
  }

  private static func json(_ feature: Feature) -> JSONValue {
    var members: [String: JSONValue] = ["name": .string(feature.name)]
    if let categories = feature.categories { members["categories"] = .array(categories.map { .string($0) }) }
    return .object(members)
  }

  private static func features(_ value: JSONValue) throws(ModelFileError) -> [Feature] {
    let elements = value.elements ?? []
    guard (1...4096).contains(elements.count) else {
      throw ModelFileError(.badMetadata, "'flowcase.features' is not a list of 1 to 4096 features")
    }
    var features: [Feature] = []
    for element in elements {
      guard let members = element.members, let name = members["name"]?.text, !name.isEmpty,
        Set(members.keys).isSubset(of: ["name", "categories"])
      else { throw ModelFileError(.badMetadata, "a feature has not exactly a name and perhaps categories") }
      var feature = Feature(name)
      if let categories = members["categories"] {
        feature.categories = try names(categories, "categories of \(name)", atLeast: 1)
      }
      features.append(feature)
    }
    guard Set(features.map(\.name)).count == features.count else {
      throw ModelFileError(.badMetadata, "two features have one name")
    }
    return features
  }

  private static func json(_ provenance: TreeProvenance) -> JSONValue {
    .object([
      "data_sha256": .array(provenance.dataSHA256.map { .string($0) }), "rows": .number(Double(provenance.rows)),
      "options": .object(provenance.options.mapValues { .string($0) }),
      "tool_version": .string(provenance.toolVersion),
    ])
  }

  private static func provenance(_ value: JSONValue) throws(ModelFileError) -> TreeProvenance {
    guard let members = value.members, Set(members.keys) == ["data_sha256", "rows", "options", "tool_version"],
      let digests = members["data_sha256"]?.elements, let rows = members["rows"]?.wholeNumber, rows >= 0,
      let options = members["options"]?.members, let toolVersion = members["tool_version"]?.text
    else {
      throw ModelFileError(
        .badMetadata, "'flowcase.training' has not exactly data_sha256, rows, options and tool_version")
    }
    var result = TreeProvenance()
    result.dataSHA256 = digests.compactMap(\.text)
    result.rows = rows
    result.options = options.compactMapValues(\.text)
    result.toolVersion = toolVersion
    guard result.dataSHA256.count == digests.count, result.options.count == options.count else {
      throw ModelFileError(.badMetadata, "the digests or options of 'flowcase.training' are not texts")
    }
    return result
  }
}
