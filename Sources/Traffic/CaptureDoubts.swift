import Records

/// What the packets of one capture say that cannot be so: a row of its own for each kind, with how many there are and where
/// the first is. Nothing of it is believed.
struct CaptureDoubts {
  enum Kind: Int, CaseIterable {
    case length, wireLength, fraction, outlier, jump, hiddenFromFilter
  }

  private var found: [Kind: (count: Int, first: PacketPosition)] = [:]

  /// Notes one more packet.
  mutating func note(_ kind: Kind, _ position: PacketPosition) { found[kind, default: (0, position)].count += 1 }

  mutating func note(record doubts: RecordDoubts, _ position: PacketPosition) {
    if doubts.contains(.fraction) { note(.fraction, position) }
    if doubts.contains(.wireLength) { note(.wireLength, position) }
  }

  /// - Parameter leftOut: times that the capture's span leaves out, as a clause; `nil` for none.
  func problems(leftOut: String?) -> [Problem] {
    Kind.allCases.compactMap { kind in
      guard let (count, first) = found[kind] else { return nil }
      let (code, message) = Self.problem(kind, count == 1, first.number, leftOut)
      return Problem(code, offset: first.streamOffset, message: "\(count) \(message)")
    }
  }

  private static func problem(_ kind: Kind, _ isOne: Bool, _ first: Int, _ leftOut: String?) -> (Problem.Code, String) {
    switch kind {
    case .length:
      (
        .implausibleLength,
        "\(isOne ? "packet states a length" : "packets state lengths") in IP or UDP that the frame cannot have held, the first being packet \(first); where IP's is too long the frame's own length was counted in its place; such headers are forged, or a program cut the frames and their record of what they were"
      )
    case .wireLength:
      (
        .implausibleLength,
        "\(isOne ? "record states" : "records state") fewer bytes on the wire than it holds, the first being packet \(first); the bytes that are there were counted"
      )
    case .fraction:
      (
        .implausibleTime,
        "\(isOne ? "packet has a time" : "packets have times") whose part of a second is a second or more, the first being packet \(first); the last moment of the stated second was taken in its place, so compare with another source before relying on the order within that second"
      )
    case .outlier:
      (
        .implausibleTime,
        "\(isOne ? "packet has a time" : "packets have times") far from the packets before and after, the first being packet \(first); the time of the packet next to it was taken in its place, but for flows that have no other, and no flow was ended by it: look at the record by hand for the time as stated"
      )
    case .jump:
      (
        .implausibleTime,
        "\(isOne ? "time" : "times") the capture's clock jumps by more than a year, first at packet \(first); times on both sides were kept as they stand\(leftOut.map { ", and \($0)" } ?? ""): find out which clock was right"
      )
    case .hiddenFromFilter:
      (
        .unseenByFilter,
        "\(isOne ? "packet was" : "packets were") left out by the filter though what \(isOne ? "its" : "their") tags or tunnels carry matches it, the first being packet \(first): an expression looks at untagged frames and outermost headers only; name the wrapping in it, such as 'vlan and (EXPRESSION)', or scan without a filter"
      )
    }
  }
}

extension Problem {
  /// A capture that ends in zeros.
  static func zeros(from offset: Int, count: Int, packets: Int) -> Problem {
    Problem(
      .zeroFilled, offset: offset, bytesLost: count,
      message:
        "the last \(count) bytes of the capture, from byte \(offset) on, are zeros and hold no packets, as where a file was given its size before it was written, or its end was lost; the \(packets) packets before were kept"
    )
  }
}
