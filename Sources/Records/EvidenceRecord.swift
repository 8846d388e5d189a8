/// The account of a capture's packets and of their captured bytes: every packet read is in exactly one of the other
/// columns, and so are its bytes.
package struct PacketLedger: Sendable, Equatable {
  package var read = 0
  package var inFlows = 0
  package var notIP = 0
  package var undecodable = 0
  package var filtered = 0
  /// Captured bytes of the packets, from the link layer on, without the capture's own headers.
  package var bytesRead = 0, bytesInFlows = 0, bytesNotIP = 0, bytesUndecodable = 0, bytesFiltered = 0
  package init() {}

  package enum Column: Sendable { case inFlows, notIP, undecodable, filtered }

  /// Enters a packet of `bytes` captured bytes, which was counted as read before.
  package mutating func enter(_ column: Column, bytes: Int) {
    switch column {
    case .inFlows:
      inFlows += 1
      bytesInFlows += bytes
    case .notIP:
      notIP += 1
      bytesNotIP += bytes
    case .undecodable:
      undecodable += 1
      bytesUndecodable += bytes
    case .filtered:
      filtered += 1
      bytesFiltered += bytes
    }
  }

  package var addsUp: Bool {
    read == inFlows + notIP + undecodable + filtered
      && bytesRead == bytesInFlows + bytesNotIP + bytesUndecodable + bytesFiltered
  }
}

/// What became of a piece of evidence.
package enum EvidenceStatus: String, Sendable, CaseIterable {
  /// Read to its end without a problem.
  case complete
  /// Read in part, or read and not as its checksums say: see its problems, and for an archive those of its members.
  case partial
  /// Nothing of it could be used: see its problems.
  case rejected
  /// Byte for byte the same, once decompressed, as evidence already in the case; its packets are not counted again. What is
  /// wrong with the copy itself is listed.
  case duplicate
  /// Recognised as something that holds no packets, such as text or an image; hashed and listed.
  case ignored
}

/// Where a capture stands in a sequence: captures of one recording that share a flow table.
package struct SequencePlace: Sendable, Equatable {
  /// The sequence's first capture: its node in a task, its `evidence_id` in a case.
  package var first: Int64
  /// From 1, in order of first packet time.
  package var position: Int
  package init(first: Int64, position: Int) {
    self.first = first
    self.position = position
  }
}

/// One piece of evidence at the end of its reading: a file, or a member of an archive.
package struct EvidenceRecord: Sendable, Equatable {
  /// The path as given and walked; for a member the archive's path, `!/` and the member's name.
  package var path: String
  /// What it is, from the outside in, such as `zstd+pcap`, `tar`, `pcapng`.
  package var format: String
  package var status: EvidenceStatus
  /// Bytes of the file as stored.
  package var containerBytes: Int
  /// Bytes after decompression.
  package var streamBytes: Int
  /// Digest of the file as stored; `nil` when it could not be read to its end.
  package var containerSHA256: SHA256Digest?
  /// Digest of the bytes after decompression, as far as they could be had.
  package var streamSHA256: SHA256Digest?
  /// Link types of the capture's interfaces by name, each once, in order of appearance.
  package var linkTypes: [String]
  package var ledger: PacketLedger
  package var bytesLost: Int
  /// Bytes of the capture that were read as headers, records and tables, and bytes of it that were skipped: together all
  /// that came out of its decompression.
  package var bytesRead: Int, bytesSkipped: Int
  /// Earliest and latest packet time.
  package var firstPacket: CaptureTime?, lastPacket: CaptureTime?
  /// Time of the packet that stands last in the capture, which need not be the latest.
  package var finalPacket: CaptureTime?
  /// Nanoseconds from the final packet of the capture before it in its series to its own first packet; negative where they
  /// overlap, `nil` where there is none before it.
  package var gapBefore: Int64?
  /// How it follows the capture before it in its series; `nil` where there is none.
  package var join: CaptureJoin?
  /// `nil` for a capture that shares its flow table with no other.
  package var sequence: SequencePlace?

  package init(path: String, format: String, status: EvidenceStatus) {
    self.path = path
    self.format = format
    self.status = status
    containerBytes = 0
    streamBytes = 0
    linkTypes = []
    ledger = PacketLedger()
    bytesLost = 0
    bytesRead = 0
    bytesSkipped = 0
  }
}
