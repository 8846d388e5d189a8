import Records

/// Reads the datagrams of a flow.
extension Conversation {
  /// Datagrams looked at for a service before the flow is taken for something that is not known here.
  private static let unknownLimit = 4
  /// Datagrams of a service that are held to be of it.
  private static let agreementLimit = 16

  /// Whether a datagram seems to begin a handshake: a look at a few bytes.
  static func mayBeginHandshake(_ payload: RawSpan) -> Bool {
    QUICInitial.mayBegin(payload) || DTLSHelloReader.mayBegin(payload)
  }

  /// Reads a datagram.
  ///
  /// - Parameters:
  ///   - payload: as far as it was captured.
  ///   - isCut: whether that is less than was sent.
  func read(datagram payload: ArraySlice<UInt8>, isCut: Bool, source: UInt16, destination: UInt16, isFromLower: Bool) {
    datagramCount += 1
    if let service = findings.service, service.isNameService {
      return name(payload, service, isCut: isCut, isFromLower: isFromLower)
    }
    let span = unsafe payload.span.bytes
    if QUICInitial.mayBegin(span) {
      readQUIC(payload, isFromLower: isFromLower)
    } else if DTLSHelloReader.mayBegin(span) {
      readDTLS(payload, isFromLower: isFromLower)
    } else if findings.service == nil || findings.service?.isInfrastructure == true {
      recognise(payload, isCut: isCut, source: source, destination: destination, isFromLower: isFromLower)
    } else {
      isOver = true
    }
  }

  private func recognise(
    _ payload: ArraySlice<UInt8>, isCut: Bool, source: UInt16, destination: UInt16, isFromLower: Bool
  ) {
    let found = ServiceRecognition.recognise(payload, sourcePort: source, destinationPort: destination, isCut: isCut)
    if let known = findings.service, found?.service != known {
      // Of a datagram that was cut too little may be there to tell.
      if isCut, found == nil { return }
      findings.setMixed()
      isOver = true
    } else if let found {
      findings.set(found.service)
      if let isRequest = found.isRequest { findings.setClient(isLower: isRequest == isFromLower) }
      if found.service.isNameService {
        name(payload, found.service, isCut: isCut, isFromLower: isFromLower)
      } else {
        isOver = datagramCount >= Self.agreementLimit
      }
    } else {
      isOver = datagramCount >= Self.unknownLimit && quic == nil && dtls == nil
    }
  }

  private func name(_ payload: ArraySlice<UInt8>, _ service: Service, isCut: Bool, isFromLower: Bool) {
    guard let message = DNSMessage(payload, isCut: isCut) else {
      if isCut { return }
      findings.setMixed()
      isOver = true
      return
    }
    take(message, service, isFromLower: isFromLower)
  }

  /// Only what the client sends can be opened here; the server's packets fail and are passed over.
  private func readQUIC(_ payload: ArraySlice<UInt8>, isFromLower: Bool) {
    var reader = quic ?? QUICInitial()
    let hello = reader.read(Array(payload))
    quic = reader
    if let hello {
      findings.take(hello, isLower: isFromLower)
      // The socket may be used for another connection: see `FlowMetadataState`.
      quic = nil
      isOver = true
    } else if reader.isDone {
      finishDatagrams()
      isOver = true
    }
  }

  private func readDTLS(_ payload: ArraySlice<UInt8>, isFromLower: Bool) {
    var reader = dtls ?? DTLSHelloReader()
    if let hello = reader.read(Array(payload)) { findings.take(hello, isLower: isFromLower) }
    if let version = reader.chosenVersion(Array(payload)) {
      findings.metadata.tlsVersion = ClientHello.versionName(version) ?? findings.metadata.tlsVersion
      findings.set(.dtls)
      findings.setClient(isLower: !isFromLower)
      isOver = true
    }
    dtls = isOver ? nil : reader
  }

  /// Takes what is there of hellos that never became whole.
  func finishDatagrams() {
    guard findings.metadata.ja3 == nil else { return }
    if let hello = quic?.beginning { findings.take(beginning: hello, .quic, isLower: nil) }
    if let hello = dtls?.beginning { findings.take(beginning: hello, .dtls, isLower: nil) }
    (quic, dtls) = (nil, nil)
  }
}

extension Service {
  /// Whether its datagrams are messages of DNS.
  var isNameService: Bool { self == .dns || self == .mdns || self == .llmnr }

  /// Whether it chatters on every network, whatever runs on it.
  package var isInfrastructure: Bool {
    switch self {
    case .ssl, .dtls, .quic, .http, .ssh: false
    case .dns, .mdns, .llmnr, .netbios, .ssdp, .dhcp, .dhcpv6, .ntp, .wsDiscovery, .dropboxLAN, .spotifyLAN: true
    }
  }
}
