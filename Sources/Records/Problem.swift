/// Something in the evidence that could not be read as it should be, kept as a row of the case.
package struct Problem: Sendable, Equatable {
  /// The kinds of problem; the raw value is what the case stores.
  package enum Code: String, Sendable, CaseIterable {
    /// The file could not be opened or read.
    case unreadable
    /// A pipe, socket, device or dangling link among the evidence.
    case specialFile = "special_file"
    /// Nothing in the file: zero bytes.
    case empty
    /// The content is no capture, archive or compression known here.
    case notACapture = "not_a_capture"
    /// Compressed data that breaks off or does not check out.
    case damagedCompression = "damaged_compression"
    /// An archive that breaks off or does not check out, or that has bytes which no member of it accounts for.
    case damagedArchive = "damaged_archive"
    /// An archive, or a member of one, that no password given opens, or whose encryption is not read here.
    case encrypted
    /// A capture whose last record is cut off.
    case truncatedCapture = "truncated_capture"
    /// A record in a capture that contradicts its format.
    case damagedCapture = "damaged_capture"
    /// Zeros where a capture's records should be.
    case zeroFilled = "zero_filled"
    /// A length in a packet's headers that is more than the frame can have held.
    case implausibleLength = "implausible_length"
    /// Packets in tags or tunnels that a filter was not looking into.
    case unseenByFilter = "unseen_by_filter"
    /// A link layer that is not read here; its packets are counted as undecodable.
    case unsupportedLinkType = "unsupported_link_type"
    /// Packets whose headers could not be followed.
    case undecodablePackets = "undecodable_packets"
    /// Fragments of one IP datagram that do not agree with each other.
    case contradictoryFragments = "contradictory_fragments"
    /// A bound of the program was reached (flow table, archive depth, expansion).
    case limitReached = "limit_reached"
    /// A time that cannot be: out of the range of its field, outside of the years that can be counted, or far from those
    /// of the packets around it.
    case implausibleTime = "implausible_time"
    /// A capture goes on where one already in the case ends, whose open flows were closed at its end.
    case splitSequence = "split_sequence"
    /// The file changed between two looks at it.
    case changedWhileRead = "changed_while_read"
  }

  package var code: Code
  /// Offset in the decompressed stream of the evidence, in bytes, where one can be given.
  package var offset: Int?
  /// Bytes of evidence that were skipped or could not be had.
  package var bytesLost: Int
  /// One sentence for the examiner: what could not be done, why, what was kept, what to do next.
  package var message: String

  package init(_ code: Code, offset: Int? = nil, bytesLost: Int = 0, message: String) {
    self.code = code
    self.offset = offset
    self.bytesLost = bytesLost
    self.message = message
  }
}
