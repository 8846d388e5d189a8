package import Records

/// A message of DNS (RFC 1035 section 4; mDNS, RFC 6762; LLMNR, RFC 4795), as far as it names addresses.
package struct DNSMessage {
  package private(set) var isResponse: Bool
  /// The name of the first question.
  package private(set) var question: DomainName?
  /// Addresses that a response names, each with the name asked for where that leads there, then with the name of its record;
  /// names as `ServerName` has them. See `DNSAddresses`.
  package private(set) var addresses: [(address: IPAddress, name: String)] = []

  /// Questions and records looked through; what lies behind them is believed.
  private static let questionLimit = 64, recordLimit = 512
  private static let headerLength = 12, longest = 65_535

  private enum Flag {
    static let response = 0x8000, truncated = 0x0200, reserved = 0x0040
  }

  /// Query, inverse query, status, notify, update (IANA, DNS OpCodes).
  private static let operations = [0, 1, 2, 4, 5], query = 0
  /// The last response code that fits the header and has a meaning (RFC 8490).
  private static let lastCode = 11
  /// IN, CH, HS, NONE, ANY. Multicast DNS uses the highest bit for something else.
  private static let classes = [1, 3, 4, 254, 255]

  /// - Parameters:
  ///   - bytes: the message, from its header on.
  ///   - isCut: the capture kept only its beginning, at least its header.
  /// - Returns: `nil` where it is no DNS message: header, counts, questions and records do not add up.
  package init?(_ bytes: ArraySlice<UInt8>, isCut: Bool = false) {
    self.init(bytes, wholeLength: isCut ? Self.longest : bytes.count)
  }

  /// - Parameter wholeLength: bytes of the message, of which fewer may be there.
  init?(_ bytes: ArraySlice<UInt8>, wholeLength: Int) {
    var reader = ByteReader(bytes)
    guard reader.take(2) != nil, let flags = reader.uint16(), let questions = reader.uint16(),
      let answers = reader.uint16(), let authorities = reader.uint16(), let additions = reader.uint16()
    else { return nil }
    isResponse = flags & Flag.response != 0
    let operation = flags >> 11 & 15, records = answers + authorities + additions
    // A server may cut its answer in the middle of a record.
    let isTruncated = isResponse && flags & Flag.truncated != 0 && questions == 1
    let length = isTruncated ? Self.longest : wholeLength
    let isCut = isTruncated || bytes.count < wholeLength
    let isUsual = Self.operations.contains(operation) && flags & Flag.reserved == 0 && flags & 15 <= Self.lastCode
    // Questions and records that add up outweigh an odd header.
    guard isCut ? isUsual && questions <= Self.questionLimit : isUsual || questions > 0,
      Self.headerLength + 5 * questions + 11 * records <= length
    else { return nil }
    // A header alone is how a server refuses.
    if questions + records == 0 {
      guard isResponse, bytes.count == Self.headerLength else { return nil }
    }
    var offset = Self.headerLength
    for index in 0..<min(questions, Self.questionLimit) {
      let (name, end) = DomainName.read(bytes, at: offset)
      if index == 0 { question = name }
      switch Self.fields(4, behind: end, of: bytes) {
      case .whole(let start):
        var fields = ByteReader(bytes[start...])
        guard let type = fields.uint16(), type > 0, let group = fields.uint16(), Self.isClass(group) else { return nil }
        offset = start + 4 - bytes.startIndex
      case .cut where isCut: return
      default: return nil
      }
    }
    guard questions <= Self.questionLimit else { return }
    var found = DNSAddresses()
    defer { if isResponse, operation == Self.query { addresses = found.named(for: question) } }
    for _ in 0..<min(records, Self.recordLimit) {
      let (owner, end) = DomainName.read(bytes, at: offset)
      switch Self.fields(10, behind: end, of: bytes) {
      case .whole(let start):
        var fields = ByteReader(bytes[start...])
        guard let type = fields.uint16(), let group = fields.uint16(), fields.take(4) != nil,
          let dataLength = fields.uint16(), Self.isKnown(type, group, dataLength)
        else { return nil }
        guard fields.take(dataLength) != nil else {
          if isCut { return }
          return nil
        }
        offset = fields.offset - bytes.startIndex
        guard isResponse, group & 0x7fff == 1 else { continue }
        found.read(DNSRecord(owner: owner, type: type, data: offset - dataLength..<offset), in: bytes)
      case .cut where isCut: return
      default: return nil
      }
    }
    guard records > Self.recordLimit || isCut || Self.isFiller(bytes.dropFirst(offset), behind: offset) else {
      return nil
    }
  }

  /// What may lie behind a message: zeros, or what its sender forgot to count, which is not more than what it counted.
  private static func isFiller(_ bytes: ArraySlice<UInt8>, behind length: Int) -> Bool {
    bytes.count <= length || bytes.allSatisfy { $0 == 0 }
  }

  /// What the first bytes of a header say, where the capture has no more of a message; `nil` where they are none's.
  static func isResponse(beginning bytes: ArraySlice<UInt8>) -> Bool? {
    var reader = ByteReader(bytes)
    guard reader.take(2) != nil, let flags = reader.uint16(), bytes.count < headerLength,
      operations.contains(flags >> 11 & 15), flags & Flag.reserved == 0, flags & 15 <= lastCode,
      reader.uint16() ?? 0 <= questionLimit
    else { return nil }
    return flags & Flag.response != 0
  }

  private enum Fields { case whole(Int), cut, none }

  /// Where the fields behind a name begin, as an index.
  private static func fields(_ count: Int, behind end: DomainName.End, of bytes: ArraySlice<UInt8>) -> Fields {
    switch end {
    case .at(let offset) where bytes.count - offset >= count: .whole(bytes.startIndex + offset)
    case .at, .beyond: .cut
    case .unknown: .none
    }
  }

  /// OPT has a size in place of a class; dnscrypt-proxy pads with a record of type 0 and class 0.
  private static func isKnown(_ type: Int, _ group: Int, _ dataLength: Int) -> Bool {
    switch type {
    case DNSRecord.options: true
    case 0: group == 0 && dataLength > 0
    default: isClass(group)
    }
  }

  private static func isClass(_ value: Int) -> Bool { classes.contains(value & 0x7fff) }
}
