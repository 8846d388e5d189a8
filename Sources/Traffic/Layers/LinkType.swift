/// A link-layer type of a capture (LINKTYPE_ values of the pcap specification).
package struct LinkType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let null = Self(rawValue: 0)
  package static let ethernet = Self(rawValue: 1)
  static let tokenRing = Self(rawValue: 6)
  static let arcnet = Self(rawValue: 7)
  static let slip = Self(rawValue: 8)
  static let ppp = Self(rawValue: 9)
  static let fddi = Self(rawValue: 10)
  static let pppSerial = Self(rawValue: 50)
  static let pppoe = Self(rawValue: 51)
  static let atmRFC1483 = Self(rawValue: 100)
  static let ciscoHDLC = Self(rawValue: 104)
  static let wireless = Self(rawValue: 105)
  static let atmCLIP = Self(rawValue: 106)
  static let frameRelay = Self(rawValue: 107)
  package static let loop = Self(rawValue: 108)
  static let openBSDEncapsulation = Self(rawValue: 109)
  package static let linuxCooked = Self(rawValue: 113)
  static let pflog = Self(rawValue: 117)
  static let prism = Self(rawValue: 119)
  static let ipOverFibreChannel = Self(rawValue: 122)
  static let sunATM = Self(rawValue: 123)
  static let radiotap = Self(rawValue: 127)
  static let arcnetLinux = Self(rawValue: 129)
  static let docsis = Self(rawValue: 143)
  /// LINKTYPE_USER2, which macOS used for PKTAP.
  static let pktapUser = Self(rawValue: 149)
  static let avs = Self(rawValue: 163)
  static let pppOverDirection = Self(rawValue: 166)
  static let juniperEthernet = Self(rawValue: 178)
  static let juniperPPP = Self(rawValue: 179)
  static let juniperFrameRelay = Self(rawValue: 180)
  static let juniperHDLC = Self(rawValue: 181)
  static let ppi = Self(rawValue: 192)
  static let pppWithDirection = Self(rawValue: 204)
  static let ciscoHDLCWithDirection = Self(rawValue: 205)
  static let frameRelayWithDirection = Self(rawValue: 206)
  static let ipnet = Self(rawValue: 226)
  package static let ipv4 = Self(rawValue: 228)
  package static let ipv6 = Self(rawValue: 229)
  static let nflog = Self(rawValue: 239)
  static let netAnalyzer = Self(rawValue: 240)
  static let netAnalyzerTransparent = Self(rawValue: 241)
  static let ipOverInfiniBand = Self(rawValue: 242)
  static let pktap = Self(rawValue: 258)
  static let mPacket = Self(rawValue: 274)
  package static let linuxCooked2 = Self(rawValue: 276)
  static let broadcomTag = Self(rawValue: 281)
  static let broadcomPrependedTag = Self(rawValue: 282)
  static let dsa = Self(rawValue: 284)
  static let edsa = Self(rawValue: 285)
  /// Raw IP under its official number and under the numbers that BSDs wrote by mistake.
  package static let raw: Set<Self> = [Self(rawValue: 101), Self(rawValue: 12), Self(rawValue: 14)]

  /// The number where packets of the link type are IP without a frame; 0 for others.
  var rawNumber: UInt8 {
    switch rawValue {
    case 12, 14, 101, 228, 229: UInt8(truncatingIfNeeded: rawValue)
    default: 0
    }
  }

  package var description: String { Self.names[rawValue] ?? "linktype-\(rawValue)" }

  private static let names: [UInt32: String] = [
    0: "null", 1: "ethernet", 6: "token-ring", 7: "arcnet", 8: "slip", 9: "ppp", 10: "fddi", 12: "raw-ip",
    14: "raw-ip", 50: "ppp-serial", 51: "pppoe", 100: "atm-rfc1483", 101: "raw-ip", 104: "cisco-hdlc",
    105: "ieee802.11", 106: "atm-clip", 107: "frame-relay", 108: "loop", 109: "enc", 113: "linux-sll", 117: "pflog",
    119: "prism", 122: "ip-over-fc", 123: "sunatm", 127: "radiotap", 129: "arcnet-linux", 143: "docsis",
    149: "user2", 163: "avs", 166: "ppp-pppd", 178: "juniper-ether", 179: "juniper-ppp", 180: "juniper-frelay",
    181: "juniper-chdlc", 187: "bluetooth-hci-h4", 189: "usb-linux", 192: "ppi", 195: "ieee802.15.4",
    204: "ppp-with-dir", 205: "cisco-hdlc-with-dir", 206: "frame-relay-with-dir", 220: "usb-linux-mmapped",
    226: "ipnet", 227: "can-socketcan", 228: "ipv4", 229: "ipv6", 239: "nflog", 240: "netanalyzer",
    241: "netanalyzer-transparent", 242: "ipoib", 249: "usbpcap", 253: "netlink", 258: "pktap", 271: "vsock",
    274: "ethernet-mpacket", 276: "linux-sll2", 281: "dsa-tag-brcm", 282: "dsa-tag-brcm-prepend",
    284: "dsa-tag-dsa", 285: "dsa-tag-edsa",
  ]
}
