import Evidence
package import Records

/// Reads packets from a capture that arrives in chunks. Memory: one chunk and at most one record.
///
/// Feed it with `append`, then call `next` until it says `needsMore`; at the end call `endOfStream`, `next` again, and `finish`.
package struct CaptureReader {

  private var isPcapng: Bool?
  private var pcap = PcapReader()
  private var pcapng = PcapngReader()
  /// Bytes not yet consumed. `CapturedPacket.start` counts from its beginning.
  package private(set) var buffer: [UInt8] = []
  private var position = 0
  private var streamLength = 0

  package init() {}

  /// Bytes of the capture that could not be read as records so far.
  package var bytesLost: Int { pcap.bytesLost + pcapng.bytesLost }

  /// Packets so far whose time lies outside of the years 1677 to 2262 and was set to their nearest end.
  package var clampedTimes: Int { pcapng.clampedTimes }

  /// Link types of the interfaces seen so far, each once.
  package var linkTypes: [LinkType] {
    switch isPcapng {
    case true: pcapng.linkTypes
    case false: [pcap.linkType]
    default: []
    }
  }

  /// Adds the next chunk. Packets returned before lose their bytes.
  package mutating func append(_ chunk: [UInt8]) {
    streamLength += chunk.count
    if position == buffer.count {
      buffer = chunk
    } else {
      buffer.removeFirst(position)
      buffer += chunk
    }
    position = 0
    if isPcapng == nil, buffer.count >= 4 { isPcapng = ContentKind(prefix: Array(buffer.prefix(4))) == .pcapng }
  }

  /// The next record in the buffer.
  ///
  /// - Parameter bytes: the bytes of `buffer`, which the caller holds so that it can look into packets while the
  ///   reader moves on.
  package mutating func next(_ bytes: RawSpan) -> CaptureStep {
    let base = streamLength - buffer.count
    switch isPcapng {
    case true: return pcapng.next(bytes, &position, base: base)
    case false: return pcap.next(bytes, &position, base: base)
    default: return .needsMore
    }
  }

  /// No more bytes will come. The search for records behind damage may find more then; call `next` until it says
  /// `needsMore` once more, then `finish`.
  package mutating func endOfStream() { pcap.isAtEnd = true }

  /// The problem with the capture's end, once no more bytes will come; `nil` where it ends between two records.
  package mutating func finish() -> Problem? {
    let leftover = buffer.count - position
    return isPcapng == true
      ? pcapng.finish(leftover: leftover, streamLength: streamLength)
      : pcap.finish(leftover: leftover, streamLength: streamLength)
  }
}
