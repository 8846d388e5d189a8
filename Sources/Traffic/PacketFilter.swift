import CPcap

/// A packet filter in libpcap's language could not be compiled.
package struct PacketFilterError: Error, CustomStringConvertible {
  package let description: String
}

/// A packet filter in libpcap's language, compiled for each link type it meets. The only file that imports libpcap.
@safe package final class PacketFilter {
  private let expression: String
  private var programs: [LinkType: Program] = [:]

  @safe private final class Program {
    var code = unsafe bpf_program()
    let isValid: Bool
    let message: String

    init(_ expression: String, _ linkType: LinkType) {
      let dataLink = Self.dataLink(linkType)
      let handle = unsafe pcap_open_dead(dataLink, 262_144)
      let optimize: Int32 = 1
      isValid = unsafe pcap_compile(handle, &code, expression, optimize, UInt32.max) == 0
      message = unsafe pcap_geterr(handle).map { unsafe String(cString: $0) } ?? "unknown error"
      unsafe pcap_close(handle)
    }

    /// libpcap compiles for its own DLT numbers, a few of which differ from those in files.
    private static func dataLink(_ linkType: LinkType) -> Int32 {
      switch linkType {
      case .atmRFC1483: DLT_ATM_RFC1483
      case .atmCLIP: DLT_ATM_CLIP
      default: LinkType.raw.contains(linkType) ? DLT_RAW : Int32(bitPattern: linkType.rawValue)
      }
    }

    func admits(_ bytes: RawSpan, originalLength: Int) -> Bool {
      guard isValid else { return false }
      return unsafe bytes.withUnsafeBytes { buffer in
        guard let base = unsafe buffer.bindMemory(to: UInt8.self).baseAddress else { return false }
        var header = pcap_pkthdr()
        header.caplen = UInt32(buffer.count)
        header.len = UInt32(clamping: originalLength)
        return unsafe pcap_offline_filter(&code, &header, base) != 0
      }
    }

    deinit { if isValid { unsafe pcap_freecode(&code) } }
  }

  /// - Throws: when the expression does not compile for Ethernet, with libpcap's own words.
  package init(_ expression: String) throws(PacketFilterError) {
    self.expression = expression
    let program = Program(expression, .ethernet)
    guard program.isValid else {
      throw PacketFilterError(description: "cannot understand the filter '\(expression)': \(program.message)")
    }
    programs[.ethernet] = program
  }

  /// Link types for which the expression means nothing, with libpcap's words.
  var refusals: [LinkType: String] { programs.filter { !$0.value.isValid }.mapValues(\.message) }

  /// Whether the filter lets a packet through. An expression that means nothing for a link type lets none through; see
  /// `refusals`.
  func admits(_ bytes: RawSpan, _ linkType: LinkType, originalLength: Int) -> Bool {
    let program = programs[linkType] ?? Program(expression, linkType)
    programs[linkType] = program
    return program.admits(bytes, originalLength: originalLength)
  }

  /// The expression for an IP packet that stands alone, and what finds that in what the filter refuses.
  private lazy var innermost = Program(expression, LinkType(rawValue: 101))
  private var decoder = PacketDecoder()

  /// Whether a packet that was refused lies in tags or tunnels, and the filter lets the innermost IP packet through when it
  /// stands alone. An expression that names link layers or tags means nothing there, so its verdict stands.
  func overlooks(_ bytes: RawSpan, _ packet: CapturedPacket) -> Bool {
    guard programs[packet.linkType]?.isValid == true, innermost.isValid else { return false }
    let inner: DecodedPacket
    switch decoder.decode(bytes, packet.linkType, originalLength: packet.originalLength) {
    case .ip(let decoded), .fragment(let decoded): inner = decoded
    case .notIP, .undecodable: return false
    }
    let isBehindOthers = packet.linkType == .ethernet && inner.ipStart > 14
    guard isBehindOthers || inner.encapsulation.vlan != .none || !inner.encapsulation.tunnels.isEmpty else {
      return false
    }
    let ip = bytes.extracting(inner.ipStart..<inner.ipStart + inner.capturedLength)
    return innermost.admits(ip, originalLength: inner.ipLength)
  }

  package static var libraryVersion: String { unsafe String(cString: pcap_lib_version()) }
}
