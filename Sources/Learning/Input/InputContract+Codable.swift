import Traffic

// The text form is that of the model file: snake_case keys, all of them required but `features`, masked fields in order of name.
extension InputContract: Codable {
  package enum CodingKeys: String, CodingKey, CaseIterable {
    case packets, scope, encoding, channels, padding, features
    case bytesPerPacket = "bytes_per_packet"
    case maskedFields = "masked_fields"
    case flowPolicy = "flow_policy"
    case leaveOut = "leave_out"
  }

  /// - Throws: `DecodingError` for a missing key, an unknown name, or a contract with a ``fault``.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      packets: try container.decode(Int.self, forKey: .packets),
      bytesPerPacket: try container.decode(Int.self, forKey: .bytesPerPacket))
    scope = try Self.named(container, .scope)
    encoding = try Self.named(container, .encoding)
    padding = try Self.named(container, .padding)
    flowPolicy = try Self.named(container, .flowPolicy)
    leaveOut = try Self.named(container, .leaveOut)
    if container.contains(.features) { features = try Self.named(container, .features) as FeatureSet }
    let fields: [MaskedField] = try Self.namedList(container, .maskedFields)
    maskedFields = Set(fields)
    channels = try Self.namedList(container, .channels)
    let repeated = maskedFields.count == fields.count ? nil : "a masked field is listed twice"
    if let fault = fault ?? repeated {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: fault))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(packets, forKey: .packets)
    try container.encode(bytesPerPacket, forKey: .bytesPerPacket)
    try container.encode(scope.rawValue, forKey: .scope)
    try container.encode(encoding.rawValue, forKey: .encoding)
    try container.encode(maskedFields.map(\.rawValue).sorted(), forKey: .maskedFields)
    try container.encode(channels.map(\.rawValue), forKey: .channels)
    try container.encode(padding.rawValue, forKey: .padding)
    try container.encode(flowPolicy.rawValue, forKey: .flowPolicy)
    try container.encode(leaveOut.rawValue, forKey: .leaveOut)
    try container.encodeIfPresent(features?.rawValue, forKey: .features)
  }

  private typealias Container = KeyedDecodingContainer<CodingKeys>

  private static func named<Name: RawRepresentable<String>>(_ container: Container, _ key: CodingKeys) throws -> Name {
    let text = try container.decode(String.self, forKey: key)
    guard let name = Name(rawValue: text) else { throw unknown(text, key, container) }
    return name
  }

  private static func namedList<Name: RawRepresentable<String>>(
    _ container: Container, _ key: CodingKeys
  ) throws -> [Name] {
    try container.decode([String].self, forKey: key).map { text in
      guard let name = Name(rawValue: text) else { throw unknown(text, key, container) }
      return name
    }
  }

  private static func unknown(_ text: String, _ key: CodingKeys, _ container: Container) -> DecodingError {
    .dataCorruptedError(forKey: key, in: container, debugDescription: "\(key.rawValue) has no value named '\(text)'")
  }
}
