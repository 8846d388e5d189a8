import Records

/// What one call of a decoder did.
struct DecodingStep {
  /// Decompressed bytes.
  var output: [UInt8] = []
  /// Bytes of input used up.
  var used = 0
  /// What is wrong with the input from here on; `output` is good all the same.
  var failure: DecodingFailure?
}

/// Why a decoder cannot go on.
enum DecodingFailure: Equatable {
  /// The data contradict their format; the library's words for it.
  case damaged(String)
  /// A window or dictionary larger than is allowed: what an attacker may make the decoder allocate.
  case needsMemory(limit: Int)
}

/// A compression format whose data come in self-contained units, one after the other: gzip members, zstd frames,
/// xz streams.
protocol StreamDecoder: AnyObject {
  /// What messages call the format and its units.
  var formatName: String { get }
  var unitName: String { get }

  /// Whether a unit has begun and not ended: the input must not end here.
  var isInsideUnit: Bool { get }
  /// Whether output is waiting that needs no more input.
  var hasPendingOutput: Bool { get }

  /// Whether a unit can begin with this byte.
  func canBegin(with byte: UInt8) -> Bool
  /// Decompresses some of `input` from `start` on. There is input, or pending output.
  func decode(_ input: [UInt8], from start: Int) -> DecodingStep
}

/// Bytes of output a decoder makes room for at a time.
let decodedChunkSize = 1 << 18

/// A decompressed stream. Everything that could be decompressed is handed out before damage is reported, to the last byte.
final class DecompressedStream: ByteStream {
  private let source: any ByteStream
  private let decoder: any StreamDecoder
  private var input: [UInt8] = []
  private var inputStart = 0
  private var produced = 0
  private var consumed = 0
  private var hasSeenUnit = false
  private var pendingDamage: StreamDamage?
  private var hasEnded = false

  init(_ source: any ByteStream, _ decoder: any StreamDecoder) {
    self.source = source
    self.decoder = decoder
  }

  func next() throws(StreamDamage) -> [UInt8]? {
    while !hasEnded {
      if inputStart == input.count && !decoder.hasPendingOutput { try refill() }
      if hasEnded || !isAtUnit() { continue }
      let step = decoder.decode(input, from: inputStart)
      inputStart += step.used
      consumed += step.used
      produced += step.output.count
      if let failure = step.failure { fail(failure) }
      if !step.output.isEmpty { return step.output }
    }
    if let damage = pendingDamage {
      pendingDamage = nil
      throw damage
    }
    return nil
  }

  /// Whether there is a unit to decode at the input's position. Zeros between and behind units are passed over: tapes
  /// are padded with them, and gzip's own program allows them.
  private func isAtUnit() -> Bool {
    if decoder.isInsideUnit { return true }
    while hasSeenUnit, inputStart < input.count, input[inputStart] == 0 {
      inputStart += 1
      consumed += 1
    }
    guard inputStart < input.count else { return false }
    if hasSeenUnit, !decoder.canBegin(with: input[inputStart]) {
      fail(
        "are followed by bytes that are no \(decoder.formatName)", "these were not read; look at them with another tool"
      )
      return false
    }
    hasSeenUnit = true
    return true
  }

  private func refill() throws(StreamDamage) {
    do throws(StreamDamage) {
      guard let chunk = try source.next() else {
        if decoder.isInsideUnit {
          fail("break off in the middle of a \(decoder.unitName)", "ask for another copy of the file")
        }
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

  private func fail(_ failure: DecodingFailure) {
    switch failure {
    case .damaged(let reason): fail("are damaged (\(reason))", "ask for another copy of the file")
    case .needsMemory(let limit):
      fail(
        "ask for a window of more than the \(limit >> 20) MiB allowed",
        "scan the file again with --window-limit 2048, which lets every worker take that many MiB of memory",
        code: .limitReached)
    }
  }

  private func fail(_ what: String, _ advice: String, code: Problem.Code = .damagedCompression) {
    hasEnded = true
    pendingDamage = StreamDamage(
      Problem(
        code, offset: produced,
        message:
          "the \(decoder.formatName) data \(what) at compressed offset \(consumed); the \(produced) bytes decompressed before it were kept; \(advice)"
      ))
  }
}
