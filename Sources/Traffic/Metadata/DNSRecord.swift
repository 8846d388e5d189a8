/// A resource record of a DNS message (RFC 1035 section 4.1.3).
struct DNSRecord {
  static let address = 1, alias = 5, addressV6 = 28, options = 41, serviceBinding = 64, https = 65

  var owner: DomainName
  var type: Int
  /// Where its data lie in the message.
  var data: Range<Int>
}
