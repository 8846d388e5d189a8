package import Records

/// What the reading of one file of evidence brings, in order. Nodes are numbered from 0 as they are opened: the file
/// itself, then whatever is found inside it.
package enum EvidenceEvent: Sendable {
  case opened(node: Int, parent: Int?, path: String)
  /// Decompressed bytes of a capture.
  case captureBytes(node: Int, bytes: [UInt8])
  case problem(node: Int, Problem)
  case closed(node: Int, EvidenceClosing)
}

/// What is known of a piece of evidence at the end of its reading.
package struct EvidenceClosing: Sendable, Equatable {
  package var format = ""
  package var containerBytes = 0
  package var streamBytes = 0
  package var containerSHA256: SHA256Digest?
  package var streamSHA256: SHA256Digest?
  package var isCapture = false
  /// Whether it is known to hold no packets: text, an image, a document.
  package var isOrdinary = false
}

/// Reads one file of evidence from end to end: undoes compression, opens archives, hashes in passing, and hands out
/// the bytes of every capture in it. Nothing is unpacked to disk. Nothing is held whole in memory but small archives that
/// must be sought in and lie inside another layer.
package struct EvidenceReader {
  let limits: EvidenceLimits
  let passwords: [String]
  let emit: (EvidenceEvent) -> Void
  private let whenRead: (Int) -> Void
  private(set) var nodeCount = 0
  private(set) var budget: ExpansionBudget

  /// - Parameters:
  ///   - passwords: tried in order on encrypted members.
  ///   - whenRead: told the number of bytes after each read of the file.
  ///   - emit: called with each event, on the caller's thread.
  package init(
    limits: EvidenceLimits = EvidenceLimits(), passwords: [String] = [], whenRead: @escaping (Int) -> Void = { _ in },
    emit: @escaping (EvidenceEvent) -> Void
  ) {
    self.limits = limits
    self.passwords = passwords
    self.whenRead = whenRead
    self.emit = emit
    budget = ExpansionBudget(limits, fileSize: 0, path: "")
  }

  /// Reads the file at `path`. Whatever goes wrong becomes a problem event; there is always a `closed` event.
  package mutating func read(_ path: EvidencePath) {
    do throws(StreamDamage) {
      let file = try EvidenceFile(path, whenRead: whenRead)
      budget = ExpansionBudget(limits, fileSize: file.byteCount, path: path.description)
      read(
        file, path: path.description, parent: nil, depth: 0, file: file, whenDrained: { file.changeWhileRead() })
    } catch {
      let node = open(path.description, parent: nil)
      emit(.problem(node: node, error.problem))
      emit(.closed(node: node, EvidenceClosing()))
    }
  }

  private mutating func open(_ path: String, parent: Int?) -> Int {
    defer { nodeCount += 1 }
    emit(.opened(node: nodeCount, parent: parent, path: path))
    return nodeCount
  }

  /// - Parameter file: the source where it can be read anywhere.
  mutating func read(
    _ source: any ByteStream, path: String, parent: Int?, depth: Int, file: (any RandomAccess)?,
    whenDrained: () -> Problem?
  ) {
    let node = open(path, parent: parent)
    let container = HashedStream(source)
    var closing = EvidenceClosing()
    unwrap(container, file: file, node: node, path: path, depth: depth, closing: &closing)
    // The digest names the whole file, also where its content was no use.
    drain(container, node: node)
    closing.containerBytes = container.byteCount
    let digest = container.finishDigest()
    closing.containerSHA256 = container.isWhole ? digest : nil
    if closing.isCapture, closing.streamSHA256 == nil {
      closing.streamSHA256 = digest
      closing.streamBytes = closing.containerBytes
    }
    if let problem = whenDrained() { emit(.problem(node: node, problem)) }
    emit(.closed(node: node, closing))
  }

  /// Takes off layers of compression until something else appears, and reads that.
  private mutating func unwrap(
    _ container: HashedStream, file: (any RandomAccess)?, node: Int, path: String, depth: Int,
    closing: inout EvidenceClosing
  ) {
    var stream = PeekableStream(container)
    var layers: [String] = []
    while true {
      var prefix = stream.peek(ContentKind.prefixLength)
      var kind = ContentKind(prefix: prefix)
      if kind == .unknown, !prefix.isEmpty {
        prefix = stream.peek(ContentKind.longPrefixLength)
        kind = ContentKind(prefix: prefix)
      }
      if kind.isCompression {
        guard layers.count + depth < limits.depth else {
          emit(.problem(node: node, tooDeep(path)))
          break
        }
        layers.append(kind.rawValue)
        stream = PeekableStream(BudgetedStream(kind.decompressed(stream, limits), budget))
        continue
      }
      if prefix.isEmpty {
        if refuseEmpty(stream, node: node, path: path, closing: &closing) { layers.append("empty") }
        break
      }
      if kind == .unknown, let content = readOrdinary(prefix, stream, node: node, path: path) {
        layers.append(content.rawValue)
        closing.isOrdinary = true
        break
      }
      layers.append(kind.rawValue)
      if kind.isArchive {
        readArchive(
          FoundArchive(
            kind: kind, stream: stream, container: container, file: layers.count == 1 ? file : nil, node: node,
            path: path, depth: depth + layers.count))
      } else if kind == .unknown {
        refuse(prefix, node: node, path: path)
      } else {
        closing.isCapture = true
        deliver(stream, isContainer: layers.count == 1, node: node, closing: &closing)
      }
      break
    }
    closing.format = layers.joined(separator: "+")
  }

  private func deliver(_ stream: PeekableStream, isContainer: Bool, node: Int, closing: inout EvidenceClosing) {
    // An uncompressed capture is its own container: hashing it twice would halve the speed of a scan for nothing.
    let hashed = isContainer ? nil : HashedStream(stream)
    let source: any ByteStream = hashed ?? stream
    do throws(StreamDamage) {
      while let chunk = try source.next() { emit(.captureBytes(node: node, bytes: chunk)) }
    } catch {
      emit(.problem(node: node, error.problem))
    }
    if let hashed {
      closing.streamBytes = hashed.byteCount
      closing.streamSHA256 = hashed.finishDigest()
    }
  }

  /// - Returns: whether there is truly nothing, and not damage before the first byte.
  private func refuseEmpty(_ stream: PeekableStream, node: Int, path: String, closing: inout EvidenceClosing) -> Bool {
    do throws(StreamDamage) {
      _ = try stream.next()
      closing.isOrdinary = CaptureName.isOrdinary(path)
      if !closing.isOrdinary {
        let message = "'\(path)' holds no bytes; there was nothing to read"
        emit(.problem(node: node, Problem(.empty, offset: 0, message: message)))
      }
      return true
    } catch {
      emit(.problem(node: node, error.problem))
      return false
    }
  }

  /// Reads what is known to hold no packets to its end, so that damage is told and nothing is hidden behind some text.
  ///
  /// - Returns: `nil` where it is something else, or has the name of a capture.
  private func readOrdinary(_ prefix: [UInt8], _ stream: PeekableStream, node: Int, path: String) -> OrdinaryContent? {
    guard !CaptureName.isCapture(path), let content = OrdinaryContent(prefix: prefix) else { return nil }
    var text = TextCheck()
    do throws(StreamDamage) {
      while let chunk = try stream.next() { if content == .text { text.add(chunk) } }
    } catch {
      emit(.problem(node: node, error.problem))
      return content
    }
    return content != .text || text.isText ? content : nil
  }

  private func refuse(_ prefix: [UInt8], node: Int, path: String) {
    let first = prefix.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    let name = CaptureName.isCapture(path) ? "has the name of a capture and is none, nor an" : "is no capture,"
    let message =
      "'\(path)' \(name) archive or compression known here (it begins with \(first)); it was hashed and listed, and none of its bytes were interpreted; look at it with another tool"
    emit(.problem(node: node, Problem(.notACapture, offset: 0, message: message)))
  }

  func tooDeep(_ path: String) -> Problem {
    Problem(
      .limitReached,
      message:
        "'\(path)' nests more than \(limits.depth) archives and compressions; what lies deeper was not read; unpack it and scan the files"
    )
  }

  func drain(_ container: HashedStream, node: Int) { tellDamage(of: container, node: node) }

  /// Reads a stream to its end, for the damage that may be found there.
  func tellDamage(of stream: any ByteStream, node: Int) {
    do throws(StreamDamage) {
      while try stream.next() != nil {}
    } catch {
      emit(.problem(node: node, error.problem))
    }
  }
}
