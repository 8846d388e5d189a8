/// A link-layer type of a capture (LINKTYPE_ values of the pcap specification).
package struct LinkType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let null = Self(rawValue: 0)
  package static let ethernet = Self(rawValue: 1)
  package static let loop = Self(rawValue: 108)
  package static let linuxCooked = Self(rawValue: 113)
  package static let linuxCooked2 = Self(rawValue: 276)
  package static let ipv4 = Self(rawValue: 228)
  package static let ipv6 = Self(rawValue: 229)
  /// Raw IP under its official number and under the numbers that BSDs wrote by mistake.
  package static let raw: Set<Self> = [Self(rawValue: 101), Self(rawValue: 12), Self(rawValue: 14)]

  /// Whether packets of this link type are followed here.
  package var isSupported: Bool {
    Self.raw.contains(self)
      || [.null, .ethernet, .loop, .linuxCooked, .linuxCooked2, .ipv4, .ipv6].contains(self)
  }

  package var description: String {
    switch rawValue {
    case 0: "null"
    case 1: "ethernet"
    case 9: "ppp"
    case 12, 14, 101: "raw-ip"
    case 105: "ieee802.11"
    case 108: "loop"
    case 113: "linux-sll"
    case 127: "radiotap"
    case 228: "ipv4"
    case 229: "ipv6"
    case 276: "linux-sll2"
    default: "linktype-\(rawValue)"
    }
  }
}
