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
}

/// Bounds on what an archive may make of itself.
package struct EvidenceLimits: Sendable {
  /// Layers of compression and archives within each other.
  package var depth = 8
  /// Members in one archive.
  package var members = 1_000_000
  package init() {}
}

/// Reads one file of evidence from end to end: undoes compression, opens archives, hashes in passing, and hands out
/// the bytes of every capture in it. Nothing is unpacked to disk and nothing is held whole in memory.
package struct EvidenceReader {
  private let limits: EvidenceLimits
  private let passwords: [String]
  private let whenRead: (Int) -> Void
  private let emit: (EvidenceEvent) -> Void
  private var nodeCount = 0

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
  }

  /// Reads the file at `path`. Whatever goes wrong becomes a problem event; there is always a `closed` event.
  package mutating func read(_ path: EvidencePath) {
    do throws(StreamDamage) {
      let file = try EvidenceFile(path, whenRead: whenRead)
      read(file, path: path.description, parent: nil, depth: 0, whenDrained: { file.changeWhileRead() })
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

  private mutating func read(
    _ source: any ByteStream, path: String, parent: Int?, depth: Int, whenDrained: () -> Problem?
  ) {
    let node = open(path, parent: parent)
    let container = HashedStream(source)
    var closing = EvidenceClosing()
    unwrap(container, node: node, path: path, depth: depth, closing: &closing)
    // The digest names the whole file, also where its content was no use.
    drain(container, node: node)
    closing.containerBytes = container.byteCount
    closing.containerSHA256 = container.hasEnded ? container.finishDigest() : nil
    if closing.isCapture, closing.streamSHA256 == nil {
      closing.streamSHA256 = closing.containerSHA256
      closing.streamBytes = closing.containerBytes
    }
    if let problem = whenDrained() { emit(.problem(node: node, problem)) }
    emit(.closed(node: node, closing))
  }

  /// Takes off layers of compression until something else appears, and reads that.
  private mutating func unwrap(
    _ container: HashedStream, node: Int, path: String, depth: Int, closing: inout EvidenceClosing
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
        stream = PeekableStream(decompressor(kind, stream))
        continue
      }
      layers.append(prefix.isEmpty ? "empty" : kind.rawValue)
      if kind.isArchive {
        readArchive(stream, kind: kind, node: node, path: path, depth: depth + layers.count)
      } else if kind == .unknown {
        refuse(prefix, stream, node: node, path: path)
      } else {
        closing.isCapture = true
        deliver(stream, isContainer: layers.count == 1, node: node, closing: &closing)
      }
      break
    }
    closing.format = layers.joined(separator: "+")
  }

  private func decompressor(_ kind: ContentKind, _ stream: PeekableStream) -> any ByteStream {
    switch kind {
    case .gzip: DecompressedStream(stream, GzipDecoder())
    case .zstd: DecompressedStream(stream, ZstdDecoder())
    default: LibArchiveStream.decompressing(stream, name: kind.rawValue)
    }
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

  private mutating func readArchive(_ stream: PeekableStream, kind: ContentKind, node: Int, path: String, depth: Int) {
    guard depth < limits.depth else {
      emit(.problem(node: node, tooDeep(path)))
      return
    }
    guard kind != .sevenZip else {
      let message =
        "'\(path)' is a 7z archive, whose directory is at its end and cannot be reached in a stream; it was hashed and not opened; unpack it and scan the files"
      emit(.problem(node: node, Problem(.damagedArchive, offset: 0, message: message)))
      return
    }
    let archive = LibArchive(stream, .archive(passwords: passwords))
    var members = 0
    while let member = archive.nextMember() {
      guard member.isRegularFile else { continue }
      members += 1
      guard members <= limits.members else {
        let message =
          "'\(path)' has more than \(limits.members) members; those beyond were not read; unpack it and scan the files"
        emit(.problem(node: node, Problem(.limitReached, message: message)))
        return
      }
      let name = EvidencePath.text(member.name)
      read(
        LibArchiveStream.member(of: archive, name: name), path: "\(path)!/\(name)", parent: node, depth: depth,
        whenDrained: { nil })
    }
    if let damage = archive.sourceDamage {
      emit(.problem(node: node, damage.problem))
    } else if let reason = archive.damage {
      let message =
        "the \(kind.rawValue) archive '\(path)' cannot be followed further (\(reason)); the \(members) members before were read; ask for another copy of the file"
      emit(.problem(node: node, Problem(.damagedArchive, message: message)))
    }
  }

  private func refuse(_ prefix: [UInt8], _ stream: PeekableStream, node: Int, path: String) {
    // Damage that struck before the first byte is the truer reason.
    if prefix.isEmpty {
      do throws(StreamDamage) { _ = try stream.next() } catch {
        emit(.problem(node: node, error.problem))
        return
      }
      emit(
        .problem(node: node, Problem(.empty, offset: 0, message: "'\(path)' holds no bytes; there was nothing to read"))
      )
      return
    }
    let first = prefix.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    let message =
      "'\(path)' is no capture, archive or compression known here (it begins with \(first)); it was hashed and listed, and none of its bytes were interpreted"
    emit(.problem(node: node, Problem(.notACapture, offset: 0, message: message)))
  }

  private func tooDeep(_ path: String) -> Problem {
    Problem(
      .limitReached,
      message:
        "'\(path)' nests more than \(limits.depth) archives and compressions; what lies deeper was not read; unpack it and scan the files"
    )
  }

  private func drain(_ container: HashedStream, node: Int) {
    do throws(StreamDamage) {
      while try container.next() != nil {}
    } catch {
      emit(.problem(node: node, error.problem))
    }
  }
}
