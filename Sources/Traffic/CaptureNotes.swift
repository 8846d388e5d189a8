import Evidence
import Records

/// The notes of one capture, within bounds.
struct CaptureNotes {
  /// Notes that a capture may have; the rest are counted.
  static let countLimit = 10_000
  /// Bytes of a note's text that are kept.
  static let textLimit = 4096

  /// Notes since they were last taken.
  private(set) var waiting: [CaptureNote] = []
  private var count = 0
  /// Notes beyond `countLimit`, and where the first of them was.
  private(set) var leftOut = 0
  private(set) var firstLeftOut = 0

  mutating func take() -> [CaptureNote] {
    defer { waiting.removeAll() }
    return waiting
  }

  mutating func add(_ note: CaptureNote) {
    guard count < Self.countLimit else {
      if leftOut == 0 { firstLeftOut = note.offset }
      leftOut += 1
      return
    }
    count += 1
    waiting.append(note)
  }

  /// Adds a note whose text lies in the capture. Bytes that are not UTF-8 are written as `\x` and two digits.
  mutating func add(
    _ kind: CaptureNote.Kind, offset: Int, packet: Int? = nil, name: String? = nil, _ bytes: RawSpan,
    _ range: Range<Int>
  ) {
    // A text is often followed by a NUL, which is no part of it.
    let text = Self.bytes(bytes, range.prefix(Self.textLimit)).reversed().drop { $0 == 0 }.reversed()
    guard !text.isEmpty else { return }
    let cut = range.count > Self.textLimit ? " (\(range.count - Self.textLimit) bytes more are not kept)" : ""
    add(CaptureNote(kind, offset: offset, packet: packet, name: name, value: EvidencePath.text(text, keepsLines: true) + cut))
  }

  /// Bytes of a span as an array; none where the range lies outside.
  static func bytes(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= bytes.byteCount else { return [] }
    return range.map { bytes.uint8($0) }
  }
}
