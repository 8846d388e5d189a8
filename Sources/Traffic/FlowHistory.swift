/// What happened in a flow, in Zeek's letters: a letter for the first event of its kind in each direction, upper case
/// from the originator. `S` SYN, `H` SYN with ACK, `A` bare ACK, `D` payload, `F` FIN, `R` RST.
struct FlowHistory: Equatable {
  enum Event: UInt8, CaseIterable {
    case syn = 0
    case synAck, ack, data, fin, rst

    var letter: String { ["S", "H", "A", "D", "F", "R"][Int(rawValue)] }
  }

  /// Events in order of appearance, four bits each: direction and kind. Twelve kinds fit in 48 bits.
  private var order: UInt64 = 0
  private var count: UInt8 = 0
  private var seen: UInt16 = 0

  mutating func note(_ event: Event, fromOriginator: Bool) {
    let code = event.rawValue | (fromOriginator ? 0 : 8)
    guard seen & 1 << code == 0 else { return }
    seen |= 1 << code
    order |= UInt64(code) << (UInt64(count) * 4)
    count += 1
  }

  func has(_ event: Event, fromOriginator: Bool) -> Bool {
    seen & 1 << (event.rawValue | (fromOriginator ? 0 : 8)) != 0
  }

  /// Exchanges the two ends: what the originator did, the responder did.
  mutating func swapEnds() {
    let directions: UInt64 = 0x8888_8888_8888_8888
    order ^= directions & ((1 << (UInt64(count) * 4)) &- 1)
    seen = seen << 8 | seen >> 8
  }

  private func precedes(_ event: Event, originatorBeforeResponder: Bool) -> Bool {
    for index in 0..<UInt64(count) {
      let code = UInt8(order >> (index * 4) & 0xf)
      if code & 7 == event.rawValue { return (code & 8 == 0) == originatorBeforeResponder }
    }
    return false
  }

  var text: String? {
    guard count > 0 else { return nil }
    return (0..<UInt64(count)).map { index in
      let code = UInt8(order >> (index * 4) & 0xf)
      let letter = Event(rawValue: code & 7)?.letter ?? ""
      return code & 8 == 0 ? letter : letter.lowercased()
    }.joined()
  }

  /// Zeek's `conn_state` of a TCP flow, from which events were seen.
  var tcpState: String {
    let syn = has(.syn, fromOriginator: true)
    let synAck = has(.synAck, fromOriginator: false)
    let rstFirstFromOriginator = precedes(.rst, originatorBeforeResponder: true)
    let origRST = has(.rst, fromOriginator: true)
    let respRST = has(.rst, fromOriginator: false)
    let origFIN = has(.fin, fromOriginator: true)
    let respFIN = has(.fin, fromOriginator: false)
    if syn && synAck {
      if origRST && (rstFirstFromOriginator || !respRST) { return "RSTO" }
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
