package import Records

/// A packet record of a capture: where its bytes lie in the reader's buffer, and what the record says of it.
package struct CapturedPacket: Sendable, Equatable {
  package var time: CaptureTime
  package var linkType: LinkType
  /// Which of `CaptureReader.interfaces` it was recorded on.
  package var interface: UInt32 = 0
  /// Offset of the first captured byte in the reader's buffer.
  package var start: Int
  package var capturedLength: Int
  /// Length on the wire; never less than `capturedLength`.
  package var originalLength: Int
  /// Offset of the record's header in the capture, in bytes.
  package var streamOffset: Int
  /// What its record says that cannot be so.
  package var doubts = RecordDoubts()
}

/// What a packet's record says that cannot be so, or does not say.
package struct RecordDoubts: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The fraction of the second is a second or more; the packet has the last moment of its second.
  package static let fraction = RecordDoubts(rawValue: 1)
  /// The length on the wire is less than what was captured; it is taken to be what was captured.
  package static let wireLength = RecordDoubts(rawValue: 2)
  /// The record has no time; the packet is taken to follow the one before it.
  package static let noTime = RecordDoubts(rawValue: 4)
}

/// What a capture reader finds next.
package enum CaptureStep: Sendable, Equatable {
  case packet(CapturedPacket)
  /// A record that holds no packet was passed over.
  case skipped
  /// More bytes are needed, or the capture is at its end.
  case needsMore
  /// A record contradicts the format. The reader has moved on to the next plausible one, or stands at the end of
  /// its buffer looking for it.
  case damage(Problem)
}

/// Bounds that every capture reader keeps.
package enum CaptureLimits {
  /// The largest packet record believed. libpcap writes snapshot lengths up to 262,144.
  package static let packetBytes = 262_144
  /// What a packet seldom exceeds: the largest IP packet with a link-layer header. A larger one is no damage.
  package static let usualPacketBytes = 65_535 + 64
  /// The largest pcapng block believed; larger ones are damage.
  package static let blockBytes = 16 << 20
  /// Interfaces one pcapng section may describe.
  package static let interfaces = 65_536
}
