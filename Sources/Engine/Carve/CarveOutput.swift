import Foundation
import Traffic

/// Where carved packets go: one capture, or one for each flow. What is not finished is taken away again.
final class CarveOutput {
  /// Why packets could not be written.
  struct Failure: Error, CustomStringConvertible { let description: String }

  private struct Part {
    var writer: PcapngWriter
    var bytes: [UInt8] = []
    var file: OutputFile
  }

  private let directory: OutputDirectory?
  private let application: String
  private var parts: [String: Part] = [:]
  private var waitingBytes = 0
  /// Captures written, for the summary.
  private(set) var fileCount = 0

  /// Bytes that may wait before they are written, in all.
  private static let capacity = 32 << 20

  /// One capture for all flows.
  init(file: PlannedOutput, application: String) throws(OutputError) {
    directory = nil
    self.application = application
    var part = Part(writer: PcapngWriter(application: application), file: try OutputFile(file))
    part.writer.begin(&part.bytes)
    parts[""] = part
  }

  /// One capture for each flow.
  init(directory: OutputDirectory, application: String) throws(OutputError) {
    self.directory = directory
    self.application = application
    try directory.make()
  }

  /// What a flow's own capture is called.
  ///
  /// - Throws: where the case gives the flow a name that could lead out of the directory: it was tampered with.
  static func name(of flow: CarvedFlow) throws(Failure) -> String {
    let isPlain = flow.uid.utf8.allSatisfy {
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
        || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || $0 == UInt8(ascii: "-")
    }
    guard isPlain, !flow.uid.isEmpty, flow.uid.utf8.count < 200 else {
      throw Failure(description: "the case has a flow with the impossible flow_uid '\(flow.uid)': verify the case")
    }
    return "\(flow.uid).pcapng"
  }

  /// Writes a packet of a flow.
  ///
  /// - Returns: `false` when its link type has no number in pcapng.
  func write(_ packet: CutPacket, of flow: CarvedFlow, from capture: String, comments: [String]) throws -> Bool {
    var key = ""
    if let directory {
      key = flow.uid
      if parts[key] == nil {
        parts[key] = Part(
          writer: PcapngWriter(application: application),
          file: try OutputFile(directory.plan(Self.name(of: flow), .carvedCapture)))
        parts[key]?.file.rest()
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

  private func flush() throws(OutputError) {
    for (key, part) in parts where !part.bytes.isEmpty {
      try part.file.write(part.bytes)
      parts[key]?.bytes = []
      if directory != nil { part.file.rest() }
    }
    waitingBytes = 0
  }

  /// The packets of a unit are all there: captures of its flows are whole and get their names.
  func endUnit() throws(OutputError) {
    try flush()
    guard directory != nil else { return }
    for part in parts.values { try part.file.commit() }
    fileCount += parts.count
    parts.removeAll()
  }

  /// Gives the capture its name.
  func finish() throws(OutputError) {
    try flush()
    guard let part = parts[""] else { return }
    try part.file.commit()
    fileCount = 1
  }

  /// Takes away what is not whole.
  func abandon() {
    for part in parts.values { part.file.abandon() }
    parts.removeAll()
  }
}
