/// What the sequence numbers of one direction of a TCP connection have shown (RFC 9293 section 3.4). All arithmetic is
/// modulo 2^32.
///
/// Of the holes in what was captured only the lowest is remembered: enough to tell a retransmission from a packet that
/// was overtaken, in a few bytes for each flow.
package struct TCPStream {
  /// How far a sequence number may lie from those seen and still belong to the connection: the order of a large window.
  private static let nearness: UInt32 = 1 << 20
  /// How far back a long stream is remembered.
  private static let memory: UInt32 = 1 << 30

  /// The SYN's number, or the one below the first byte seen.
  private(set) var initial: UInt32 = 0
  /// The first byte not seen, where the bytes behind it go on, and one past the last byte seen. All the same where there
  /// is no hole.
  private var missing: UInt32 = 0, resumed: UInt32 = 0, end: UInt32 = 0
  private var knowledge = Knowledge.nothing
  /// Longer than `memory`, so that distances from `initial` say nothing any more.
  private var isLong = false

  private enum Knowledge: UInt8 {
    case nothing
    /// Only what the other end acknowledged.
    case acknowledged
    case packets
    /// Packets, and the SYN among them.
    case beginning
  }

  package init() {}

  var hasSYN: Bool { knowledge == .beginning }
  var isSeen: Bool { knowledge.rawValue >= Knowledge.packets.rawValue }
  var isKnown: Bool { knowledge != .nothing }

  private static func distance(_ number: UInt32, from other: UInt32) -> Int32 { Int32(bitPattern: number &- other) }

  /// Takes in the next packet of the direction.
  ///
  /// - Parameter length: payload bytes.
  /// - Returns: whether its payload had been seen before.
  package mutating func take(_ sequence: UInt32, length: Int, isSYN: Bool, isFIN: Bool) -> Bool {
    let first = isSYN ? sequence &+ 1 : sequence
    let past = first &+ UInt32(truncatingIfNeeded: length) &+ (isFIN ? 1 : 0)
    if isSYN || !isSeen { begin(sequence, first, past, isSYN: isSYN) }
    if first == missing, missing == end {
      (missing, resumed, end) = (past, past, past)
      if end &- initial > Self.memory { isLong = true }
      return false
    }
    return takeOutOfOrder(first, past) && length > 0
  }

  /// Sets out from a packet that is the first of its direction, or a SYN that may be.
  private mutating func begin(_ sequence: UInt32, _ first: UInt32, _ past: UInt32, isSYN: Bool) {
    let continues = hasSYN ? sequence == initial : isSeen && beginsBelow(sequence)
    if isSYN, continues {
      (initial, knowledge) = (sequence, .beginning)
    } else if isSYN || !isSeen {
      initial = first &- 1
      (missing, resumed, end) = (first, first, first)
      knowledge = isSYN ? .beginning : .packets
      isLong = false
    }
  }

  /// - Returns: whether every byte had been seen before.
  private mutating func takeOutOfOrder(_ first: UInt32, _ past: UInt32) -> Bool {
    let hasHole = missing != end
    let isBeyond = Self.distance(past, from: end) > 0
    defer {
      if isBeyond { end = past }
      if missing != end, Self.distance(missing, from: resumed) >= 0 { (missing, resumed) = (end, end) }
    }
    if Self.distance(first, from: missing) > 0 {
      if !hasHole {
        resumed = first
        return false
      }
      if Self.distance(first, from: resumed) >= 0 { return !isBeyond }
      if Self.distance(past, from: resumed) >= 0 { resumed = first }
      return false
    }
    if Self.distance(past, from: missing) > 0 {
      missing = past
      if !hasHole { resumed = past }
      return false
    }
    guard Self.distance(first, from: initial) <= 0 else { return true }
    // Older than all that was seen: where no SYN says otherwise, the stream began before.
    if !hasSYN, beginsBelow(first &- 1) { initial = first &- 1 }
    return false
  }

  /// Whether an acknowledgment from the other end covers payload that was not seen. A single byte past the end may be a
  /// FIN that was not captured.
  package func isGap(before acknowledgment: UInt32) -> Bool {
    let beyond = Self.distance(acknowledgment, from: missing)
    return isSeen && (beyond > 1 || beyond == 1 && missing != end)
  }

  /// Notes where the stream must be by what the other end acknowledges, until a packet of its own comes.
  package mutating func expect(_ acknowledgment: UInt32) {
    guard knowledge == .nothing else { return }
    initial = acknowledgment &- 1
    (missing, resumed, end) = (acknowledgment, acknowledgment, acknowledgment)
    knowledge = .acknowledged
  }

  /// Whether a sequence number lies in the stream or close behind it.
  package func covers(_ number: UInt32) -> Bool {
    let back = end &- number
    let length = isLong ? Self.memory : end &- initial
    return back <= length || number &- end <= Self.nearness
  }

  /// Whether a number acknowledges the SYN, or something up to the last byte seen.
  func isAcknowledged(by number: UInt32) -> Bool { end &- number < end &- initial }

  /// Whether a SYN's number lies just below the first byte seen.
  func beginsBelow(_ sequence: UInt32) -> Bool { initial &- sequence <= Self.nearness }
}
