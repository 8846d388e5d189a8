package import Records

/// A service told by a datagram's content.
///
/// These are the services that chatter on every network whatever runs on it, which input contracts may leave out. Ports only
/// tell apart what has the same messages, and are asked for besides where the messages alone prove little.
package struct ServiceRecognition: Equatable, Sendable {
  package let service: Service
  /// Whether the sender asks, and so is the originator, or answers, and so is the responder; `nil` where nothing is said of it.
  package let isRequest: Bool?

  private enum Port {
    static let dns: UInt16 = 53, multicastDNS: UInt16 = 5353, linkLocalNames: UInt16 = 5355, time: UInt16 = 123
    static let dhcpServer: UInt16 = 67, dhcpClient: UInt16 = 68, dhcpV6Client: UInt16 = 546, dhcpV6Server: UInt16 = 547
  }

  /// - Parameters:
  ///   - payload: of UDP.
  ///   - isCut: the capture, or a bound, kept only its beginning.
  package static func recognise(
    _ payload: ArraySlice<UInt8>, sourcePort: UInt16, destinationPort: UInt16, isCut: Bool
  ) -> ServiceRecognition? {
    func isOn(_ port: UInt16) -> Bool { sourcePort == port || destinationPort == port }
    guard let first = payload.first else { return nil }
    if let found = TextService.recognise(payload, isOn: isOn, isCut: isCut) { return found }
    if let isRequest = NetBIOSMessage.isRequest(nameService: payload, isCut: isCut) {
      return Self(service: .netbios, isRequest: isRequest)
    }
    if NetBIOSMessage.isDatagram(payload, isCut: isCut) { return Self(service: .netbios, isRequest: nil) }
    if first == 1 || first == 2, let message = DHCPMessage(payload, isCut: isCut),
      message.hasCookie || isOn(Port.dhcpServer) || isOn(Port.dhcpClient)
    {
      return Self(service: .dhcp, isRequest: message.isRequest)
    }
    if isOn(Port.dhcpV6Client) || isOn(Port.dhcpV6Server),
      let message = DHCPv6Message(payload, isCut: isCut)
    {
      return Self(service: .dhcpv6, isRequest: message.isRequest)
    }
    if isOn(Port.time), let message = NTPMessage(payload, isCut: isCut) {
      return Self(service: .ntp, isRequest: message.isRequest)
    }
    let isNames = isOn(Port.dns) || isOn(Port.multicastDNS) || isOn(Port.linkLocalNames)
    guard
      let isResponse = DNSMessage(payload, isCut: isCut)?.isResponse
        ?? (isCut && isNames ? DNSMessage.isResponse(beginning: payload) : nil)
    else { return nil }
    if isOn(Port.multicastDNS), !isOn(Port.dns) {
      // Between two ports of multicast DNS everyone asks and answers.
      return Self(service: .mdns, isRequest: sourcePort == destinationPort ? nil : !isResponse)
    }
    return Self(service: isOn(Port.linkLocalNames) ? .llmnr : .dns, isRequest: !isResponse)
  }
}
