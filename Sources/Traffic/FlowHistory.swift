/// What happened in a flow, in Zeek's letters: a letter for the first event of its kind in each direction, upper case
/// from the originator, in the order of the capture.
struct FlowHistory {
  enum Event: UInt8, CaseIterable {
    /// SYN without and with ACK; ACK and payload without SYN, FIN or RST.
    case syn = 0
    case synAck, ack, data, fin, rst
    /// SYN with FIN or RST.
    case multiFlag
    /// FIN with RST.
    case inconsistent
    /// A window of zero bytes, where more could come.
    case zeroWindow
    /// Payload that had been seen before.
    case retransmission
    /// The other end has acknowledged payload that was not captured.
    case gap

    fileprivate static let letters = Array("SHADFRQIWTG")
  }

  /// Kinds of events in one packet, a bit each.
  struct Events: OptionSet {
    let rawValue: UInt16
    init(rawValue: UInt16) { self.rawValue = rawValue }
    init(_ event: Event) { rawValue = 1 << event.rawValue }

    /// What a TCP packet's flags and payload say.
    init(_ flags: TCPFlags, hasPayload: Bool) {
      switch flags.control {
      case []: self = hasPayload ? Self(.data) : flags.contains(.ack) ? Self(.ack) : []
      case .syn: self.init(flags.contains(.ack) ? .synAck : .syn)
      case .fin: self.init(.fin)
      case .rst: self.init(.rst)
      default: self.init(flags.isSuperset(of: [.fin, .rst]) ? .inconsistent : .multiFlag)
      }
    }
  }

  /// What an end has signalled, whatever letter the packet has.
  private enum Signals { static let syn: UInt8 = 1, synAck: UInt8 = 2, fin: UInt8 = 4, rst: UInt8 = 8 }

  /// Events in order of appearance: kind, and 16 for the responder.
  private var order = InlineArray<22, UInt8>(repeating: 0)
  private var count: UInt8 = 0
  /// The originator's events in the low half, the responder's in the high one.
  private var seen: UInt32 = 0
  /// The originator's in the low half, the responder's in the high one.
  private var signals: UInt8 = 0
  private var firstResetIsFromOriginator = false

  /// Notes the events of a packet that are the first of their kind.
  mutating func note(_ events: Events, fromOriginator: Bool) {
    var new = UInt32(events.rawValue) << (fromOriginator ? 0 : 16) & ~seen
    guard new != 0 else { return }
    seen |= new
    while new != 0 {
      let code = new.trailingZeroBitCount
      order[Int(count)] = UInt8(code)
      count += 1
      new &= new - 1
    }
  }

  /// Notes the flags of a TCP packet that begin or end a connection.
  mutating func note(_ flags: TCPFlags, fromOriginator: Bool) {
    var found: UInt8 = 0
    if flags.contains(.syn) { found |= flags.contains(.ack) ? Signals.synAck : Signals.syn }
    if flags.contains(.fin) { found |= Signals.fin }
    if flags.contains(.rst) {
      if !isReset { firstResetIsFromOriginator = fromOriginator }
      found |= Signals.rst
    }
    signals |= fromOriginator ? found : found << 4
  }

  private func has(_ signal: UInt8, fromOriginator: Bool) -> Bool {
    signals & (fromOriginator ? signal : signal << 4) != 0
  }

  func hasFIN(fromOriginator: Bool) -> Bool { has(Signals.fin, fromOriginator: fromOriginator) }
  func hasRST(fromOriginator: Bool) -> Bool { has(Signals.rst, fromOriginator: fromOriginator) }
  var isReset: Bool { signals & (Signals.rst | Signals.rst << 4) != 0 }
  var isFinished: Bool { hasFIN(fromOriginator: true) && hasFIN(fromOriginator: false) }

  /// Exchanges the two ends: what the originator did, the responder did.
  mutating func swapEnds() {
    for index in 0..<Int(count) { order[index] ^= 16 }
    seen = seen << 16 | seen >> 16
    signals = signals << 4 | signals >> 4
    firstResetIsFromOriginator.toggle()
  }

  /// - Parameter isTurned: whether the originator is not who sent the packet that stands first in the capture: `^`.
  func text(isTurned: Bool) -> String? {
    var text = isTurned ? "^" : ""
    for index in 0..<Int(count) {
      let letter = Event.letters[Int(order[index] & 15)]
      text += order[index] < 16 ? String(letter) : letter.lowercased()
    }
    return text.isEmpty ? nil : text
  }

  /// Zeek's `conn_state` of a TCP flow, from which events were seen.
  var tcpState: String {
    let syn = has(Signals.syn, fromOriginator: true)
    let synAck = has(Signals.synAck, fromOriginator: false)
    let origRST = hasRST(fromOriginator: true), respRST = hasRST(fromOriginator: false)
    let origFIN = hasFIN(fromOriginator: true), respFIN = hasFIN(fromOriginator: false)
    if syn && synAck {
      if origRST && (firstResetIsFromOriginator || !respRST) { return "RSTO" }
      if respRST { return "RSTR" }
      if origFIN && respFIN { return "SF" }
      if origFIN { return "S2" }
      return respFIN ? "S3" : "S1"
    }
    if syn {
      if respRST { return "REJ" }
      if origRST { return "RSTOS0" }
      return origFIN ? "SH" : "S0"
    }
    if synAck { return respRST ? "RSTRH" : respFIN ? "SHR" : "OTH" }
    return "OTH"
  }
}
