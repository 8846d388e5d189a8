import Engine
import Foundation
import Records
import Synchronization

/// Tells on standard error how far a scan is: one line that is rewritten on a terminal, a new line now and then in a log.
final class ProgressLine: Sendable {
  private let counters: ScanCounters
  private let extent: Scan.Extent
  private let isTerminal: Bool
  private let isDone = Atomic<Bool>(false)
  private let started = Date()

  init(counters: ScanCounters, extent: Scan.Extent, isTerminal: Bool) {
    self.counters = counters
    self.extent = extent
    self.isTerminal = isTerminal
  }

  func start() {
    Thread { [self] in
      let interval = isTerminal ? 0.5 : 30.0
      var waited = 0.0
      while !isDone.load(ordering: .relaxed) {
        Thread.sleep(forTimeInterval: 0.1)
        waited += 0.1
        if waited >= interval, !isDone.load(ordering: .relaxed) {
          waited = 0
          print()
        }
      }
    }.start()
  }

  /// Takes the line away, so that what follows begins on a clean one.
  func stop() {
    isDone.store(true, ordering: .relaxed)
    if isTerminal { writeAll("\r\u{1b}[K", to: 2) }
  }

  private func print() {
    isTerminal ? _ = writeAll("\r\u{1b}[K\(line)", to: 2) : say(line)
  }

  /// Such as `3/50 files  1.2/4.8 GB  41,000 flows  210 MB/s  about 17 s left`.
  private var line: String {
    let reading = counters.reading
    let seconds = max(0.001, Date().timeIntervalSince(started))
    let rate = Double(reading.bytes) / seconds
    var parts = [
      "\(reading.files)/\(extent.files) files", "\(Self.size(reading.bytes))/\(Self.size(extent.bytes))",
      reading.packets.counted("packet"), reading.flows.counted("flow"), "\(Self.size(Int(rate)))/s",
    ]
    if rate > 0, reading.bytes < extent.bytes {
      parts.append("about \(Self.duration(Double(extent.bytes - reading.bytes) / rate)) left")
    }
    return parts.joined(separator: "  ")
  }

  static func size(_ bytes: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(units[unit])"
  }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded())
    if whole < 90 { return "\(whole) s" }
    return whole < 5400 ? "\(whole / 60) min" : "\(whole / 3600) h \(whole / 60 % 60) min"
  }
}
