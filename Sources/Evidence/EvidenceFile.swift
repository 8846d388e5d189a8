package import Records

/// A file of evidence, open for reading only. Nothing about it changes, its access time included where the system allows.
package final class EvidenceFile: ByteStream, RandomAccess {
  package let path: EvidencePath
  package let opened: FileStatus
  private let descriptor: Int32
  private var position = 0
  private var hasEnded = false
  private let whenRead: (Int) -> Void
  private let chunkSize: Int

  /// Bytes a call to `next` returns at the most: large enough that per-chunk costs vanish, small enough that the few
  /// chunks in flight stay far below the memory bound.
  package static let chunkSize = 1 << 20

  /// - Parameters:
  ///   - chunkSize: bytes read at a time.
  ///   - whenRead: told the number of bytes after each read, for progress.
  package init(
    _ path: EvidencePath, chunkSize: Int = EvidenceFile.chunkSize, whenRead: @escaping (Int) -> Void = { _ in }
  ) throws(StreamDamage) {
    self.path = path
    self.chunkSize = max(1, chunkSize)
    self.whenRead = whenRead
    do throws(SystemError) {
      descriptor = try SystemCalls.openForReading(path)
    } catch {
      throw StreamDamage(
        Problem(.unreadable, message: "cannot open '\(path)': \(error); check its permissions and scan again"))
    }
    do throws(SystemError) {
      opened = try SystemCalls.status(descriptor)
    } catch {
      SystemCalls.close(descriptor)
      throw StreamDamage(Problem(.unreadable, message: "cannot look at '\(path)': \(error)"))
    }
    guard opened.kind == .regular else {
      SystemCalls.close(descriptor)
      throw StreamDamage(
        Problem(.specialFile, message: "'\(path)' is not a regular file and was not read; copy its content to a file"))
    }
  }

  deinit { SystemCalls.close(descriptor) }

  package func next() throws(StreamDamage) -> [UInt8]? {
    guard !hasEnded else { return nil }
    do throws(SystemError) {
      // A file that grows is read as long as it was: one that grows faster than it is read would have no end.
      // What the system says is empty may still have content, as in /proc.
      let rest = opened.byteCount > 0 ? opened.byteCount - position : chunkSize
      let chunk = try SystemCalls.read(descriptor, upTo: max(0, min(rest, chunkSize)))
      position += chunk.count
      whenRead(chunk.count)
      if chunk.isEmpty { hasEnded = true }
      return chunk.isEmpty ? nil : chunk
    } catch {
      hasEnded = true
      throw StreamDamage(
        Problem(
          .unreadable, offset: position, bytesLost: max(0, opened.byteCount - position),
          message: "cannot read '\(path)' at byte \(position): \(error); what came before it was kept"))
    }
  }

  var byteCount: Int { opened.byteCount }

  func read(at offset: Int, upTo count: Int) throws(StreamDamage) -> [UInt8] {
    guard offset >= 0, count > 0 else { return [] }
    do throws(SystemError) {
      return try SystemCalls.read(descriptor, at: offset, upTo: count)
    } catch {
      throw StreamDamage(
        Problem(.unreadable, offset: offset, message: "cannot read '\(path)' at byte \(offset): \(error)"))
    }
  }

  /// What changed about the file since it was opened, as a problem; `nil` when nothing did.
  package func changeWhileRead() -> Problem? {
    if let now = try? SystemCalls.status(descriptor), now != opened {
      return changed(
        "changed while it was read (\(opened.byteCount) bytes at the start, \(now.byteCount) at the end); the rows describe the \(position) bytes read"
      )
    }
    guard let named = try? SystemCalls.status(path, following: true) else {
      return changed("was removed or renamed while it was read; the rows describe the file that was opened")
    }
    guard (named.device, named.inode) != (opened.device, opened.inode) else { return nil }
    return changed("was replaced by another file while it was read; the rows describe the one that was opened")
  }

  private func changed(_ what: String) -> Problem {
    Problem(.changedWhileRead, message: "'\(path)' \(what); scan it again once it is at rest")
  }
}
