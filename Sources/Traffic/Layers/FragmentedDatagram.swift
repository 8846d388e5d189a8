import Records

/// The fragments of one datagram.
///
/// Where fragments overlap, the bytes that arrived first are used; fragments that contradict them are told, for receivers
/// differ in which they believe, and an attacker can hide in the difference.
struct FragmentedDatagram {
  struct Piece {
    var packet: DecodedPacket
    /// Captured bytes from the IP header on.
    var bytes: [UInt8]
    var time: CaptureTime
    var position: PacketPosition

    init(_ packet: DecodedPacket, _ ip: RawSpan, time: CaptureTime, position: PacketPosition) {
      self.packet = packet
      self.packet.ipStart = 0
      bytes = unsafe ip.extracting(0..<packet.capturedLength).withUnsafeBytes { unsafe Array($0) }
      self.time = time
      self.position = position
    }

    var cost: Int { bytes.count + 256 }
    var dataLength: Int { max(0, packet.statedLength - packet.transportOffset) }
  }

  /// The largest datagram that IP can express, in bytes of data.
  private static let sizeLimit = 65_535

  let serial: Int
  /// In order of arrival.
  private(set) var pieces: [Piece] = []
  /// Byte ranges that fragments have filled: sorted, apart from each other.
  private var filled: [Range<Int>] = []
  private var totalLength: Int?
  private(set) var isContradictory = false

  init(serial: Int) { self.serial = serial }

  var firstTime: Int64 { pieces.first?.time.nanoseconds ?? 0 }
  var cost: Int { pieces.reduce(0) { $0 + $1.cost } }
  /// Nothing is to be waited for.
  var isFinished: Bool { isComplete || isContradictory }
  var isComplete: Bool { !isContradictory && totalLength.map { filled == [0..<$0] } ?? false }

  mutating func add(_ piece: Piece, at fragment: DecodedPacket.Fragment) {
    pieces.append(piece)
    let range = fragment.offset..<fragment.offset + piece.dataLength
    if range.upperBound > Self.sizeLimit { isContradictory = true }
    if !fragment.hasMore {
      if let totalLength, totalLength != range.upperBound { isContradictory = true }
      totalLength = range.upperBound
    }
    if let totalLength, range.upperBound > totalLength || (filled.last?.upperBound ?? 0) > totalLength {
      isContradictory = true
    }
    fill(range)
  }

  private mutating func fill(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    var merged = range
    let first = filled.firstIndex { $0.upperBound >= range.lowerBound } ?? filled.count
    var last = first
    while last < filled.count, filled[last].lowerBound <= range.upperBound {
      merged = min(merged.lowerBound, filled[last].lowerBound)..<max(merged.upperBound, filled[last].upperBound)
      last += 1
    }
    filled.replaceSubrange(first..<last, with: [merged])
  }

  /// The whole datagram: its bytes from the IP header of its first fragment on, as far as they were captured, and that
  /// fragment with the lengths of the whole. `nil` where it is not complete.
  ///
  /// Sets `isContradictory` where overlapping fragments differ.
  mutating func assemble() -> (bytes: [UInt8], header: DecodedPacket)? {
    guard isComplete, let totalLength, let first = pieces.first(where: { $0.packet.fragment?.offset == 0 }) else {
      return nil
    }
    let dataStart = first.packet.transportOffset
    guard first.bytes.count >= dataStart else { return nil }
    var data = [UInt8](repeating: 0, count: totalLength)
    var isWritten = [Bool](repeating: false, count: totalLength)
    for piece in pieces {
      guard let fragment = piece.packet.fragment else { continue }
      for (index, byte) in zip(fragment.offset..<totalLength, piece.bytes.dropFirst(piece.packet.transportOffset)) {
        if !isWritten[index] {
          data[index] = byte
          isWritten[index] = true
        } else if data[index] != byte {
          isContradictory = true
        }
      }
    }
    var header = first.packet
    header.fragment = nil
    header.ipLength = dataStart + totalLength
    header.statedLength = header.ipLength
    header.countedLength = nil
    header.capturedLength = dataStart + (isWritten.firstIndex(of: false) ?? totalLength)
    return (Array(first.bytes[..<dataStart] + data[..<(header.capturedLength - dataStart)]), header)
  }

  /// The first fragment, which has the ports, if it is there.
  var first: Piece? { pieces.first { $0.packet.fragment?.offset == 0 } }
}
