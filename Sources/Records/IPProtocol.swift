/// An IP protocol number (IANA "Assigned Internet Protocol Numbers").
package struct IPProtocol: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let icmp = Self(rawValue: 1)
  package static let tcp = Self(rawValue: 6)
  package static let udp = Self(rawValue: 17)
  package static let ipInIP = Self(rawValue: 4)
  package static let ipv6 = Self(rawValue: 41)
  package static let ipv6Routing = Self(rawValue: 43)
  package static let gre = Self(rawValue: 47)
  package static let ipv6Options = Self(rawValue: 60)
  package static let ah = Self(rawValue: 51)
  package static let etherIP = Self(rawValue: 97)
  package static let mplsInIP = Self(rawValue: 137)
  package static let icmpv6 = Self(rawValue: 58)
  package static let sctp = Self(rawValue: 132)

  /// A protocol by its name in cases; `nil` for what is none.
  package init?(name: String) {
    guard let number = (UInt8.min...UInt8.max).first(where: { Self(rawValue: $0).description == name }) else {
      return nil
    }
    self.init(rawValue: number)
  }

  /// The name used in cases, such as `tcp`; `ip-` and the number where no name is common.
  package var description: String {
    switch rawValue {
    case 1: "icmp"
    case 2: "igmp"
    case 4: "ipip"
    case 6: "tcp"
    case 17: "udp"
    case 41: "ipv6"
    case 47: "gre"
    case 50: "esp"
    case 51: "ah"
    case 58: "icmpv6"
    case 89: "ospf"
    case 88: "eigrp"
    case 97: "etherip"
    case 103: "pim"
    case 112: "vrrp"
    case 115: "l2tp"
    case 132: "sctp"
    case 136: "udplite"
    case 137: "mpls-in-ip"
    default: "ip-\(rawValue)"
    }
  }
}
