import Evidence
import Foundation
import Records

/// A directory that disappears with the test.
final class ScratchDirectory {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("flowcase-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  @discardableResult func write(_ name: String, _ bytes: [UInt8]) throws -> EvidencePath {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return EvidencePath(file.path)
  }

  /// Runs a system tool in the directory: the independent writer of compressed files and archives.
  func run(_ command: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = url
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw CocoaError(.executableLoad) }
  }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appendingPathComponent(name))) }
  func path(_ name: String) -> EvidencePath { EvidencePath(url.appendingPathComponent(name).path) }
}

/// Everything the reading of one file brought.
struct Reading {
  var paths: [String] = []
  var bytes: [Int: [UInt8]] = [:]
  var problems: [Problem] = []
  var closings: [Int: EvidenceClosing] = [:]

  init(
    _ path: EvidencePath, limits: EvidenceLimits = EvidenceLimits(), passwords: [String] = [],
    whenRead: @escaping (Int) -> Void = { _ in }
  ) {
    var events: [EvidenceEvent] = []
    withoutActuallyEscaping({ (event: EvidenceEvent) in events.append(event) }) { emit in
      var reader = EvidenceReader(limits: limits, passwords: passwords, whenRead: whenRead, emit: emit)
      reader.read(path)
    }
    for event in events {
      switch event {
      case .opened(_, _, let path): paths.append(path)
      case .captureBytes(let node, let chunk): bytes[node, default: []] += chunk
      case .problem(_, let problem): problems.append(problem)
      case .closed(let node, let closing): closings[node] = closing
      }
    }
  }
}

/// A classic pcap with one 60-byte frame for each given second; enough for streams, which do not look inside.
func smallCapture(packets: Int) -> [UInt8] {
  func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  var bytes: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(1)
  for second in 0..<UInt32(packets) {
    bytes += little(1_700_000_000 + second) + little(0) + little(60) + little(60)
    bytes += (0..<60).map { UInt8(truncatingIfNeeded: UInt32($0) &* 31 &+ second &* 7) }
  }
  return bytes
}
