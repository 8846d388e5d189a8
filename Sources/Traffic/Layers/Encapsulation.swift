import Records

/// VLAN ids from the outside in, up to four, packed so that a flow key stays small and hashes fast.
struct VLANStack: Hashable {
  private var packed: UInt64 = 0
  static let none = VLANStack()

  /// - Returns: `false` when there are four already.
  mutating func push(_ id: UInt16) -> Bool {
    guard packed >> 48 == 0 else { return false }
    packed = packed << 16 | 0x8000 | UInt64(id & 0x0fff)
    return true
  }

  /// Ids joined by commas; `nil` for none.
  var text: String? {
    guard packed != 0 else { return nil }
    return stride(from: 48, through: 0, by: -16).compactMap { shift in
      let tag = packed >> UInt64(shift) & 0xffff
      return tag & 0x8000 != 0 ? String(tag & 0x0fff) : nil
    }.joined(separator: ",")
  }
}

/// A tunnel that was opened on the way to the innermost IP packet.
struct Tunnel {
  enum Kind: UInt8 {
    case gre, ipInIP, sixInFour, fourInSix, sixInSix, etherIP, vxlan, geneve, gtpU, teredo, l2tp, erspan, mpls, pppoe,
      pbb,
      nsh, ayiya

    var name: String {
      switch self {
      case .gre: "GRE"
      case .ipInIP: "IPIP"
      case .sixInFour: "6in4"
      case .fourInSix: "4in6"
      case .sixInSix: "6in6"
      case .etherIP: "EtherIP"
      case .vxlan: "VXLAN"
      case .geneve: "Geneve"
      case .gtpU: "GTP-U"
      case .teredo: "Teredo"
      case .l2tp: "L2TP"
      case .erspan: "ERSPAN"
      case .mpls: "MPLS"
      case .pppoe: "PPPoE"
      case .pbb: "PBB"
      case .nsh: "NSH"
      case .ayiya: "AYIYA"
      }
    }

    /// What the tunnel's number is called, and whether both directions carry the same one.
    var number: (name: String, isShared: Bool)? {
      switch self {
      case .gre: ("key", true)
      case .vxlan, .geneve: ("vni", true)
      case .pppoe: ("session", true)
      case .pbb: ("isid", true)
      case .erspan: ("session", true)
      // Each end chooses the number it wants to be sent, so the two directions differ.
      case .gtpU: ("teid", false)
      case .l2tp: ("session", false)
      case .mpls: ("label", false)
      // A path is made of hops in one direction.
      case .nsh: ("path", false)
      case .ipInIP, .sixInFour, .fourInSix, .sixInSix, .etherIP, .teredo, .ayiya: nil
      }
    }
  }

  var kind: Kind
  /// The tunnel's ends, as the packet that opened it was sent; `nil` below IP.
  var ends: (source: IPAddress, destination: IPAddress)?
  /// Key, network identifier, session or label, as the kind has it.
  var number: UInt32?

  /// Such as `VXLAN 192.0.2.1>192.0.2.2 vni 100`.
  var text: String {
    var text = kind.name
    if let ends { text += " \(ends.source)>\(ends.destination)" }
    if let number, let name = kind.number?.name { text += " \(name) \(number)" }
    return text
  }
}

/// What a packet was wrapped in, from the outside in.
struct Encapsulation {
  var vlan = VLANStack.none
  var tunnels: [Tunnel] = []
  /// The link type's number where it is one of raw IP; 0 for others.
  var rawLinkType: UInt8 = 0

  /// The tunnels joined by `; `, as the flow's first packet had them; `nil` outside any.
  var tunnelText: String? {
    tunnels.isEmpty ? nil : tunnels.map(\.text).joined(separator: "; ")
  }

  /// What shows that the recording stood inside a tunnel. What has no ends (MPLS, PPPoE, a provider's bridge) is the network's way of
  /// carrying packets, not a tunnel of who sent them.
  var vantage: Vantage? {
    if tunnels.contains(where: { $0.ends != nil }) { return .openedTunnel }
    return rawLinkType == 0 ? nil : .tunnelInterface(linkType: rawLinkType)
  }
}
