import Records

/// What one call of a decoder did.
struct DecodingStep {
  /// Decompressed bytes.
  var output: [UInt8] = []
  /// Bytes of input used up.
  var used = 0
  /// What is wrong with the input from here on, as the end of a sentence that begins with the format's name; `output` is
  /// good all the same.
  var failure: String?
}

/// A compression format whose data come in self-contained units, one after the other: gzip members, zstd frames.
protocol StreamDecoder: AnyObject {
  /// What messages call the format and its units.
  static var formatName: String { get }
  static var unitName: String { get }

  /// Whether a unit has begun and not ended: the input must not end here.
  var isInsideUnit: Bool { get }
  /// Whether output is waiting that needs no more input.
  var hasPendingOutput: Bool { get }

  /// Decompresses some of `input` from `start` on.
  func decode(_ input: [UInt8], from start: Int) -> DecodingStep
}

/// A decompressed stream. Everything that could be decompressed is handed out before damage is reported, to the last byte.
final class DecompressedStream<Decoder: StreamDecoder>: ByteStream {
  private let source: any ByteStream
  private let decoder: Decoder
  private var input: [UInt8] = []
  private var inputStart = 0
  private var produced = 0
  private var consumed = 0
  private var pendingDamage: StreamDamage?
  private var hasEnded = false

  init(_ source: any ByteStream, _ decoder: Decoder) {
    self.source = source
    self.decoder = decoder
  }

  func next() throws(StreamDamage) -> [UInt8]? {
    while !hasEnded {
      if inputStart == input.count && !decoder.hasPendingOutput { try refill() }
      if hasEnded { break }
      let step = decoder.decode(input, from: inputStart)
      inputStart += step.used
      consumed += step.used
      produced += step.output.count
      if let failure = step.failure { fail(failure + " at compressed offset \(consumed)") }
      if !step.output.isEmpty { return step.output }
    }
    if let damage = pendingDamage {
      pendingDamage = nil
      throw damage
    }
    return nil
  }

  private func refill() throws(StreamDamage) {
    do throws(StreamDamage) {
      guard let chunk = try source.next() else {
        if decoder.isInsideUnit { fail("breaks off in the middle of a \(Decoder.unitName)") }
        hasEnded = true
        return
      }
      input = chunk
      inputStart = 0
    } catch {
      hasEnded = true
      throw error
    }
  }

  private func fail(_ what: String) {
    hasEnded = true
    pendingDamage = StreamDamage(
      Problem(
        .damagedCompression, offset: produced,
        message:
          "the \(Decoder.formatName) data \(what); the \(produced) bytes decompressed before it were kept; ask for another copy of the file"
      ))
  }
}
