/// Ethernet (IEEE 802.3) and what its type field can name on the way to IP.
extension LinkLayer {
  static func ethernet(_ bytes: RawSpan, _ offset: inout Int) throws(Undecodable) -> Carried {
    try need(14, of: bytes, offset)
    let type = bytes.uint16(offset + 12)
    offset += 14
    // Up to 1500 the field is a length, and 802.2 follows.
    return type > 1500 ? .etherType(type) : .logicalLink
  }

  static func etherType(
    _ type: UInt16, _ bytes: RawSpan, _ offset: inout Int, _ encapsulation: inout Encapsulation
  ) throws(Undecodable) -> Carried {
    switch type {
    case 0x0800, 0x86dd:
      return .internet
    // 802.1Q, 802.1ad, and the numbers QinQ used before it was standardised.
    case 0x8100, 0x88a8, 0x9100, 0x9200:
      try need(4, of: bytes, offset)
      let id = bytes.uint16(offset) & 0x0fff
      // Id 0 is a priority without a VLAN (802.1Q table 9-2): the frame belongs where the untagged ones do.
      guard id == 0 || encapsulation.vlan.push(id) else { throw .tooManyTags }
      offset += 2
      return .etherTypeField
    case 0x8847, 0x8848:
      return try mpls(bytes, &offset, &encapsulation)
    case 0x8864:
      return try pppoe(bytes, &offset, &encapsulation)
    case 0x6558:
      return .ethernet
    // 802.1ah: a service instance tag, then the customer's frame.
    case 0x88e7:
      try need(4, of: bytes, offset)
      encapsulation.tunnels.append(Tunnel(kind: .pbb, number: bytes.uint32(offset) & 0xffffff))
      offset += 4
      return .ethernet
    case 0x8870:
      return .logicalLink
    case 0...1500:
      return .logicalLink
    default:
      return try fabricTag(type, bytes, &offset, &encapsulation)
    }
  }

  /// RFC 3032: labels to the bottom of the stack. What follows is not named: see `LabelledPayload`.
  static func mpls(_ bytes: RawSpan, _ offset: inout Int, _ encapsulation: inout Encapsulation) throws(Undecodable)
    -> Carried
  {
    for _ in 0..<16 {
      try need(4, of: bytes, offset)
      let entry = bytes.uint32(offset)
      offset += 4
      guard entry & 0x100 != 0 else { continue }
      encapsulation.tunnels.append(Tunnel(kind: .mpls, number: entry >> 12))
      return try LabelledPayload.carried(bytes, &offset)
    }
    throw .tooManyLayers
  }

  /// RFC 2516 section 4: a session's packet.
  static func pppoe(_ bytes: RawSpan, _ offset: inout Int, _ encapsulation: inout Encapsulation) throws(Undecodable)
    -> Carried
  {
    try need(6, of: bytes, offset)
    guard bytes.uint8(offset) == 0x11, bytes.uint8(offset + 1) == 0 else { return .other }
    encapsulation.tunnels.append(Tunnel(kind: .pppoe, number: UInt32(bytes.uint16(offset + 2))))
    offset += 6
    return .ppp
  }
}
