import Records

/// What the header of a record says of the packet behind it.
struct RecordHeader {
  /// Bytes of the whole record, header and padding included; 0 where the header contradicts itself.
  var length = 0
  /// Offset of the first captured byte in the record.
  var dataOffset = 0
  var captured = 0
  /// Length on the wire as stated, which damage can make shorter than `captured`.
  var original = 0
  var time = CaptureTime(nanoseconds: 0)
  var linkType = LinkType.ethernet
  /// Bytes at the packet's end that are a frame check sequence.
  var frameCheckLength = 0
  /// A record that carries no packet is passed over.
  var isPacket = true
  /// Whether the time had to be set to the nearest that can be counted.
  var isTimeClamped = false
  /// Whether the fraction of the second was a second or more.
  var isFractionBeyondSecond = false
  /// Whether every field that has a range lies in it.
  var isSound = true
}

extension RecordHeader {
  /// Sets the time. A fraction of a second or more is not believed: no carry is known to have been meant, so the packet gets
  /// the last moment of its second.
  ///
  /// - Parameter unit: nanoseconds of one step of the fraction.
  mutating func setTime(seconds: Int64, fraction: Int64, unit: Int64) {
    isFractionBeyondSecond = fraction * unit >= 1_000_000_000
    isSound = !isFractionBeyondSecond
    let within = isFractionBeyondSecond ? 1_000_000_000 - unit : fraction * unit
    time = CaptureTime(nanoseconds: seconds * 1_000_000_000 + within)
  }
}

/// What stands at an offset of a capture.
enum RecordRegion {
  case records
  /// Tables of the format, up to an offset of the capture.
  case tables(until: Int)
  /// Bytes the format gives no meaning, up to an offset of the capture.
  case leftovers(until: Int)
}

/// How the reading of a capture's file header ended.
enum FileHeader {
  /// Bytes of it; records follow.
  case read(Int)
  case needsMore
  /// Why nothing behind it can be read, as half a sentence that follows "the capture".
  case refused(String)
}

/// A capture format that is a file header and records one behind the other. `RecordReader` does what is common to all.
///
/// Every function may be given any bytes; lengths were checked only as far as it says.
protocol RecordFormat {
  init()
  /// - Parameter bytes: the capture from its first byte, as far as it has arrived.
  mutating func readFileHeader(_ bytes: RawSpan, isAtEnd: Bool) -> FileHeader
  /// The link type of every packet, where the file header tells it.
  var linkType: LinkType? { get }
  /// Bytes that `header` looks at.
  var recordHeaderLength: Int { get }
  /// The largest packet believed, in captured bytes.
  var packetLimit: Int { get }
  /// Captured bytes that the capture says a packet has at the most.
  var snapshotLength: Int { get }
  /// - Parameter position: where the header begins; `recordHeaderLength` bytes are there.
  func header(_ bytes: RawSpan, _ position: Int) -> RecordHeader
  /// Adds what only the whole record tells. Lengths of header and packet were checked against the record's.
  func complete(_ header: inout RecordHeader, _ record: RawSpan)
  /// What stands at an offset of the capture.
  func region(at offset: Int) -> RecordRegion
  /// Told of each record that was read.
  mutating func accept(_ header: RecordHeader, _ record: RawSpan, offset: Int, packet: Int)
  /// Told of the bytes of tables, as they arrive.
  mutating func readTable(_ bytes: RawSpan, offset: Int)
  /// Told when no more bytes will come: adds its notes, and the problem it has with the whole.
  mutating func finish(_ notes: inout CaptureNotes, packets: Int) -> Problem?
}

extension RecordFormat {
  var linkType: LinkType? { nil }
  var packetLimit: Int { CaptureLimits.packetBytes }
  var snapshotLength: Int { .max }
  func complete(_ header: inout RecordHeader, _ record: RawSpan) {}
  func region(at offset: Int) -> RecordRegion { .records }
  mutating func accept(_ header: RecordHeader, _ record: RawSpan, offset: Int, packet: Int) {}
  mutating func readTable(_ bytes: RawSpan, offset: Int) {}
  mutating func finish(_ notes: inout CaptureNotes, packets: Int) -> Problem? { nil }
}

/// What reads one capture, whatever its format. See `CaptureReader`, which calls it.
protocol SourceReader {
  /// Reads the record at `position` of the buffer and moves `position` behind it.
  ///
  /// - Parameters:
  ///   - bytes: the reader's buffer.
  ///   - base: offset in the capture of the buffer's first byte.
  mutating func next(_ bytes: RawSpan, _ position: inout Int, base: Int) -> CaptureStep
  /// No more bytes will come.
  var isAtEnd: Bool { get set }
  /// What is left in the buffer when the stream has ended; `nil` when nothing is.
  mutating func finish(leftover: Int, streamLength: Int) -> Problem?
  /// Bytes of headers, records and tables that were read.
  var bytesRead: Int { get }
  /// Bytes that were skipped. Together with `bytesRead` and what is still in the buffer these are all there were.
  var bytesLost: Int { get }
  /// Packets whose time lies outside of what can be counted.
  var clampedTimes: Int { get }
  var linkTypes: [LinkType] { get }
  var interfaces: [CaptureInterface] { get }
  var notes: CaptureNotes { get set }
}

extension LinkType {
  /// Numbers from here on are a format's own for a network that has no LINKTYPE_ number.
  static let firstForeign: UInt32 = 0x1_0000
}

extension CaptureTime {
  /// A moment given as a distance from another, set to the nearest end where it cannot be counted.
  static func clamped(_ start: Int64, plus distance: Int64) -> (time: CaptureTime, isClamped: Bool) {
    let (sum, overflow) = start.addingReportingOverflow(distance)
    return (CaptureTime(nanoseconds: overflow ? (distance < 0 ? .min : .max) : sum), overflow)
  }
}
