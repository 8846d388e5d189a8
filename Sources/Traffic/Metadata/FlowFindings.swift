import Records

/// What a flow has said of itself so far, by the ends of its key: which of them began it may turn out later.
struct FlowFindings {
  /// What the content is; `nil` where nothing is known of it, or where some of it is something else.
  private(set) var service: Service?
  /// Part of the content is not what the rest is.
  private(set) var isMixed = false
  /// The name asked for first.
  private(set) var serverName: ServerName?
  /// Whom a proxy was asked to connect to.
  var proxyTarget: ServerName?
  /// Further names asked for in the same flow, each once.
  private var otherNames: [String] = []
  private static let otherNameLimit = 8
  /// Texts that belong to the flow, whoever began it.
  var metadata = FlowMetadata()
  /// First lines of the ends of SSH.
  var lowerBanner: String?, upperBanner: String?
  /// Whether the lower end of the key is the client, as the content tells.
  private(set) var isClientLower: Bool?

  /// Nothing was found, so that nothing has to be kept.
  var isEmpty: Bool {
    service == nil && !isMixed && serverName == nil && proxyTarget == nil && isClientLower == nil && lowerBanner == nil
      && upperBanner == nil && metadata.isEmpty
  }

  mutating func set(_ service: Service) {
    if !isMixed { self.service = service }
  }

  /// Something in the flow is not of its service.
  mutating func setMixed() {
    isMixed = true
    service = nil
  }

  /// What is known first stays.
  mutating func setClient(isLower: Bool) { isClientLower = isClientLower ?? isLower }

  mutating func add(_ name: ServerName?) {
    guard let name else { return }
    guard let serverName else { return self.serverName = name }
    guard name.name != serverName.name, otherNames.count < Self.otherNameLimit, !otherNames.contains(name.name) else {
      return
    }
    otherNames.append(name.name)
  }

  /// A name that may be read anew, longer or better, while its message grows.
  mutating func replace(_ name: ServerName?) { serverName = name ?? serverName }

  mutating func take(_ hello: ClientHello, isLower: Bool) {
    add(hello.serverName)
    setClient(isLower: isLower)
    set(hello.carrier == .quic ? .quic : hello.carrier == .dtls ? .dtls : .ssl)
    // A later hello in the same flow adds a name; what is told of the client is its first.
    guard metadata.ja3 == nil else { return }
    metadata.tlsVersion = metadata.tlsVersion ?? ClientHello.versionName(hello.highestVersion)
    metadata.alpn = WireText.text(Array(hello.protocols.joined(separator: [0x2c]))[...])
    metadata.ja3 = hello.ja3
    metadata.ja4 = hello.ja4
  }

  /// Takes the names of a hello whose rest was not captured.
  mutating func take(beginning hello: ClientHello, _ service: Service, isLower: Bool?) {
    add(hello.serverName)
    set(service)
    if let isLower { setClient(isLower: isLower) }
  }

  /// Writes what was found into the record, whose ends are final.
  func write(into record: inout FlowRecord, isLowerOriginator: Bool) {
    record.service = service
    let name = serverName ?? proxyTarget
    record.serverName = name?.name
    var metadata = metadata
    metadata.serverNameRaw = name?.raw
    metadata.otherNames = otherNames.isEmpty ? nil : otherNames.joined(separator: ",")
    (metadata.sshClient, metadata.sshServer) =
      isLowerOriginator ? (lowerBanner, upperBanner) : (upperBanner, lowerBanner)
    metadata.resolvedNames = record.metadata?.resolvedNames
    record.metadata = metadata.isEmpty ? nil : metadata
  }
}
