import Records

/// Reads what the two ends of a flow say first: hellos, requests, banners, name service.
///
/// Lives from the first packet that may begin such a thing, so that most flows never have one. Each direction has a state of its
/// own: that one is read or ruled out does not end the other.
final class Conversation {
  /// Bytes put together of each end's stream.
  static let streamLimit = 16_384
  /// Packets looked at before the rest is given up.
  private static let packetLimit = 40

  /// One end's stream.
  struct Stream {
    enum State {
      /// Something may begin at `offset`.
      case open
      /// Nothing that is known; what the other end says may tell where it begins.
      case waiting
      case read
      case unknown
    }

    /// Sequence number of the first byte.
    var start: UInt32?
    /// Whether that is the one of its SYN.
    var isStartKnown = false
    var bytes = OverlappingBytes(limit: Conversation.streamLimit)
    /// Where the rest begins, behind what has been passed over.
    var offset = 0
    /// Bytes that have been read and let go, before those that are here.
    var removed = 0
    var state = State.open
    /// Whether something was passed over behind which another protocol begins.
    var hasOpening = false
    /// The first segment was one octet, which may be no more than a keep-alive.
    var mayBeginWithKeepAlive = false
    /// Messages of name service read.
    var messages = 0

    var isOver: Bool { state == .read || state == .unknown }
    var rest: ArraySlice<UInt8> { bytes.prefix[min(offset, bytes.prefix.count)...] }

    mutating func end(_ state: State) {
      self.state = state
      removed = 0
      bytes = OverlappingBytes(limit: Conversation.streamLimit)
      offset = 0
    }
  }

  var findings = FlowFindings()
  var lower = Stream(), upper = Stream()
  /// Answers of name service for the caller to take, and whether the key's lower end sent them.
  var answers: [(message: DNSMessage, isFromLower: Bool)] = []
  /// What datagrams have begun.
  var quic: QUICInitial?
  var dtls: DTLSHelloReader?
  var datagramCount = 0
  /// Of name service: an answer repeats its question.
  var lastQuestion: DomainName?
  private var packets = 0
  /// Nothing more is to be read.
  var isOver = false

  // MARK: Streams

  /// Reads a segment.
  ///
  /// - Parameters:
  ///   - sequence: number of its first byte.
  ///   - start: number of the stream's first byte, where its SYN was seen.
  func read(segment: ArraySlice<UInt8>, sequence: UInt32, start: UInt32?, isFromLower: Bool) {
    packets += 1
    defer {
      let isNames = lower.messages + upper.messages > 0
      isOver = lower.isOver && upper.isOver || packets > Self.packetLimit && !isNames
    }
    guard !(isFromLower ? lower : upper).isOver else { return }
    if isFromLower {
      Self.insert(segment, sequence, start, into: &lower)
    } else {
      Self.insert(segment, sequence, start, into: &upper)
    }
    parse(isLower: isFromLower)
    // What one end says can tell what the other has said.
    parse(isLower: !isFromLower)
  }

  private static func insert(
    _ segment: ArraySlice<UInt8>, _ sequence: UInt32, _ start: UInt32?, into stream: inout Stream
  ) {
    if let start, stream.start != nil, !stream.isStartKnown { move(&stream, to: start) }
    let base = stream.start ?? start ?? sequence
    if stream.start == nil { stream.mayBeginWithKeepAlive = start == nil && segment.count == 1 }
    stream.start = base
    stream.isStartKnown = stream.isStartKnown || start == base
    let offset = Int(Int32(bitPattern: sequence &- base))
    if offset < 0, !stream.isStartKnown, offset > -streamLimit {
      move(&stream, to: sequence)
      return stream.bytes.insert(segment, at: 0)
    }
    let place = offset - stream.removed
    stream.bytes.insert(segment.dropFirst(max(0, -place)), at: max(0, place))
  }

  /// The stream begins elsewhere than at the first byte that was seen of it.
  private static func move(_ stream: inout Stream, to start: UInt32) {
    let back = Int(Int32(bitPattern: (stream.start ?? start) &- start))
    stream.start = start
    guard stream.removed == 0 else { return }
    if back > 0, back < streamLimit {
      stream.bytes.moveBack(by: back)
      stream.offset = 0
      stream.mayBeginWithKeepAlive = false
    } else if back < 0 {
      // A keep-alive's octet lies before the beginning.
      stream.bytes.removeFirst(-back)
      stream.mayBeginWithKeepAlive = false
    }
  }

  /// Begins anew behind what was not known: a hello was seen at the beginning of a segment.
  func restart() {
    lower = Stream()
    upper = Stream()
    packets = 0
    isOver = false
  }

  /// The flow has ended: what is there is all there will be.
  func finish() {
    finishDatagrams()
    for isLower in [true, false] {
      let (stream, other) = isLower ? (lower, upper) : (upper, lower)
      if !stream.isOver, !stream.rest.isEmpty { readEnd(stream, other, isLower: isLower) }
    }
  }
}
