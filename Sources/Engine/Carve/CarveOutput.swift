import Foundation
import Traffic

/// Where carved packets go: one capture, or one for each flow. What is not finished is taken away again.
final class CarveOutput {
  /// Why packets could not be written.
  struct Failure: Error, CustomStringConvertible { let description: String }

  private enum Place {
    case file(path: String)
    case directory(path: String)
  }

  private struct Part {
    var writer: PcapngWriter
    var bytes: [UInt8] = []
    var hasFile = false
    var path: String
  }

  private let place: Place
  private let application: String
  private var parts: [String: Part] = [:]
  private var waitingBytes = 0
  /// Captures written, for the summary.
  private(set) var fileCount = 0

  /// Bytes that may wait before they are written, in all.
  private static let capacity = 32 << 20

  init(file: String, application: String) throws {
    place = .file(path: file)
    self.application = application
    var part = Part(writer: PcapngWriter(application: application), path: file + ".partial")
    part.writer.begin(&part.bytes)
    part.hasFile = FileManager.default.createFile(atPath: part.path, contents: nil)
    guard part.hasFile else { throw Self.cannotWrite(part.path) }
    parts[""] = part
  }

  init(directory: String, application: String) throws {
    place = .directory(path: directory)
    self.application = application
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw Failure(description: "cannot make the directory '\(directory)': \(error.localizedDescription)")
    }
  }

  private static func cannotWrite(_ path: String) -> Failure {
    Failure(description: "cannot write '\(path)'; check the directory, its permissions and its room")
  }

  /// Writes a packet of a flow.
  ///
  /// - Returns: `false` when its link type has no number in pcapng.
  func write(_ packet: CutPacket, of flow: CarvedFlow, from capture: String, comments: [String]) throws -> Bool {
    var key = ""
    if case .directory(let directory) = place {
      key = flow.uid
      if parts[key] == nil {
        parts[key] = Part(
          writer: PcapngWriter(application: application), path: "\(directory)/\(flow.uid).pcapng")
        fileCount += 1
      }
    }
    guard var part = parts.removeValue(forKey: key) else { return false }
    let before = part.bytes.count
    let isWritten = part.writer.append(packet, from: capture, comments: comments, to: &part.bytes)
    waitingBytes += part.bytes.count - before
    parts[key] = part
    if waitingBytes > Self.capacity { try flush() }
    return isWritten
  }

  private func flush() throws {
    for key in parts.keys { try write(key) }
    waitingBytes = 0
  }

  private func write(_ key: String) throws {
    guard let part = parts[key], !part.bytes.isEmpty else { return }
    if !part.hasFile, !FileManager.default.createFile(atPath: part.path, contents: nil) {
      throw Self.cannotWrite(part.path)
    }
    guard let file = FileHandle(forWritingAtPath: part.path) else { throw Self.cannotWrite(part.path) }
    do {
      try file.seekToEnd()
      try file.write(contentsOf: part.bytes)
      try file.close()
    } catch {
      throw Failure(description: "cannot write '\(part.path)': \(error.localizedDescription)")
    }
    parts[key]?.bytes = []
    parts[key]?.hasFile = true
  }

  /// The packets of a unit are all there: captures of its flows are whole.
  func endUnit() throws {
    try flush()
    if case .directory = place { parts.removeAll() }
  }

  /// Gives the capture its name.
  func finish() throws {
    try flush()
    guard case .file(let path) = place, let part = parts[""] else { return }
    try? FileManager.default.removeItem(atPath: path)
    do {
      try FileManager.default.moveItem(atPath: part.path, toPath: path)
    } catch {
      throw Failure(description: "cannot write '\(path)': \(error.localizedDescription)")
    }
    fileCount = 1
  }

  /// Takes away what is not whole.
  func abandon() {
    for part in parts.values { try? FileManager.default.removeItem(atPath: part.path) }
    parts.removeAll()
  }
}
