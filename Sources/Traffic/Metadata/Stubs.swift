import Records
enum InfrastructureService {
  static func recognise(_ payload: ArraySlice<UInt8>, sourcePort: UInt16, destinationPort: UInt16, isCut: Bool) -> (
    service: Service, isRequest: Bool?
  )? {
    let ports = [sourcePort, destinationPort]
    if ports.contains(53), let m = DNSMessage(payload) { return (.dns, !m.isResponse) }
    if ports.contains(5353), DNSMessage(payload) != nil { return (.mdns, nil) }
    return nil
  }
}
struct HTTP2Request {
  var authority: ServerName?
  var userAgent: String?
  static func parse(_ bytes: ArraySlice<UInt8>) -> (request: HTTP2Request, isWhole: Bool)? { nil }
}
