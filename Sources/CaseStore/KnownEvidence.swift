package import Records

/// A top-level piece of evidence that a case already holds, so that a scan need not read it again.
package struct KnownEvidence: Sendable, Equatable {
  package var id: Int64
  package var path: String
  /// Bytes of the file as stored.
  package var containerBytes: Int
  package var containerSHA256: SHA256Digest?
  package var status: EvidenceStatus
  /// Time of the packet that stands last in it; `nil` unless it is a capture with packets.
  package var finalPacket: CaptureTime?
}
