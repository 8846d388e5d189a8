/// What a header says comes behind it.
enum Carried {
  case ethernet
  /// A two-byte EtherType, at the offset, and what it names behind it.
  case etherTypeField
  /// What an EtherType names, at the offset.
  case etherType(UInt16)
  case logicalLink
  case snap(bridgePadding: Int)
  case networkLayerID
  case ppp
  case ciscoHDLC
  case frameRelay
  case wireless(isPadded: Bool)
  /// A frame of another link type.
  case frame(LinkType)
  case internet
  /// Nothing that could be IP.
  case other
}

/// Follows the headers below IP, one after the other, to the IP header.
enum LinkLayer {
  /// Headers followed below one IP packet; real frames have up to eight or so.
  private static let headerLimit = 64

  /// - Parameters:
  ///   - bytes: what was captured.
  ///   - offset: where `carried` stands in them; afterwards where IP does.
  ///   - encapsulation: gains the tags and tunnels on the way.
  /// - Returns: whether there is an IP header.
  static func follow(_ bytes: RawSpan, from carried: Carried, _ offset: inout Int, _ encapsulation: inout Encapsulation)
    throws(Undecodable) -> Bool
  {
    var next = carried
    for _ in 0..<headerLimit {
      switch next {
      case .internet: return true
      case .other: return false
      case .ethernet: next = try ethernet(bytes, &offset)
      case .etherTypeField:
        try need(2, of: bytes, offset)
        next = .etherType(bytes.uint16(offset))
        offset += 2
      case .etherType(let type): next = try etherType(type, bytes, &offset, &encapsulation)
      case .logicalLink: next = try logicalLink(bytes, &offset)
      case .snap(let padding): next = try snap(bytes, &offset, bridgePadding: padding)
      case .networkLayerID: next = try networkLayerID(bytes, &offset)
      case .ppp: next = try ppp(bytes, &offset)
      case .ciscoHDLC:
        try need(4, of: bytes, offset)
        offset += 2
        next = .etherTypeField
      case .frameRelay: next = try frameRelay(bytes, &offset)
      case .wireless(let isPadded): next = try wireless(bytes, &offset, isPadded: isPadded)
      case .frame(let type): next = try start(of: type, bytes, &offset)
      }
    }
    throw .tooManyLayers
  }

  static func need(_ count: Int, of bytes: RawSpan, _ offset: Int) throws(Undecodable) {
    guard offset >= 0, bytes.byteCount - offset >= count else { throw .linkTruncated }
  }
}
