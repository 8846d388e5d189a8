import Evidence
package import Records

/// Reads packets from a capture that arrives in chunks. Memory: one chunk and at most one record.
///
/// Feed it with `append`, then call `next` until it says `needsMore`; at the end call `endOfStream`, `next` again, and `finish`.
package struct CaptureReader {
  /// What the capture is; `unknown` until enough of it has arrived.
  private var kind = ContentKind.unknown
  /// One reader for each format, only one of which is used: a switch for each packet is cheaper than a box.
  private var pcap = RecordReader<PcapFormat>()
  private var pcapng = PcapngReader()
  private var snoop = RecordReader<SnoopFormat>()
  private var erf = RecordReader<ERFFormat>()
  private var netmon = RecordReader<NetMonFormat>()
  private var netxray = RecordReader<NetXrayFormat>()
  private var iptrace = RecordReader<IptraceFormat>()
  /// Bytes not yet consumed. `CapturedPacket.start` counts from its beginning.
  package private(set) var buffer: [UInt8] = []
  private var position = 0
  private var streamLength = 0

  package init() {}

  /// The reader in use, for what is not asked for each packet.
  private var current: any SourceReader {
    get {
      switch kind {
      case .pcapng: pcapng
      case .snoop: snoop
      case .erf: erf
      case .netmon: netmon
      case .netxray: netxray
      case .iptrace: iptrace
      default: pcap
      }
    }
    set {
      switch newValue {
      case let reader as PcapngReader: pcapng = reader
      case let reader as RecordReader<SnoopFormat>: snoop = reader
      case let reader as RecordReader<ERFFormat>: erf = reader
      case let reader as RecordReader<NetMonFormat>: netmon = reader
      case let reader as RecordReader<NetXrayFormat>: netxray = reader
      case let reader as RecordReader<IptraceFormat>: iptrace = reader
      case let reader as RecordReader<PcapFormat>: pcap = reader
      default: break
      }
    }
  }

  /// Bytes of headers, records and tables that were read so far.
  package var bytesRead: Int { current.bytesRead }

  /// Bytes of the capture that could not be read as records so far. At the end, every byte of the capture is either in
  /// `bytesRead` or here.
  package var bytesLost: Int { current.bytesLost }

  /// Packets so far whose time lies outside of the years 1677 to 2262 and was set to their nearest end.
  package var clampedTimes: Int { current.clampedTimes }

  /// Link types of the interfaces seen so far, each once.
  package var linkTypes: [LinkType] { kind == .unknown ? [] : current.linkTypes }

  /// What the packets read so far were recorded on; in a capture of several sections those of each, one after the other.
  package var interfaces: [CaptureInterface] { kind == .unknown ? [] : current.interfaces }

  /// What the capture has said beside its packets since the last call.
  package mutating func takeNotes() -> [CaptureNote] {
    current.notes.waiting.isEmpty ? [] : current.notes.take()
  }

  /// How many notes were left out because the capture has too many, and the offset of the first of them.
  package var notesLeftOut: (count: Int, first: Int) {
    (current.notes.leftOut, current.notes.firstLeftOut)
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
    if kind == .unknown { recognise(isAtEnd: false) }
  }

  private mutating func recognise(isAtEnd: Bool) {
    let length = ContentKind.longPrefixLength
    let found = ContentKind(prefix: Array(buffer.prefix(length)))
    if found.isCapture {
      kind = found
    } else if buffer.count >= length || isAtEnd {
      kind = .pcap
    }
  }

  /// The next record in the buffer.
  ///
  /// - Parameter bytes: the bytes of `buffer`, which the caller holds so that it can look into packets while the
  ///   reader moves on.
  package mutating func next(_ bytes: RawSpan) -> CaptureStep {
    let base = streamLength - buffer.count
    switch kind {
    case .pcap: return pcap.next(bytes, &position, base: base)
    case .pcapng: return pcapng.next(bytes, &position, base: base)
    case .snoop: return snoop.next(bytes, &position, base: base)
    case .erf: return erf.next(bytes, &position, base: base)
    case .netmon: return netmon.next(bytes, &position, base: base)
    case .netxray: return netxray.next(bytes, &position, base: base)
    case .iptrace: return iptrace.next(bytes, &position, base: base)
    default: return .needsMore
    }
  }

  /// No more bytes will come. The search for records behind damage may find more then; call `next` until it says
  /// `needsMore` once more, then `finish`.
  package mutating func endOfStream() {
    if kind == .unknown { recognise(isAtEnd: true) }
    current.isAtEnd = true
  }

  /// The problem with the capture's end, once no more bytes will come; `nil` where it ends between two records.
  package mutating func finish() -> Problem? {
    current.finish(leftover: buffer.count - position, streamLength: streamLength)
  }
}
