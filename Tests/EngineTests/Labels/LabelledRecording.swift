import Engine
import Foundation
import Learning

/// A made-up capture of UDP exchanges between 192.0.2.1 and 192.0.2.2 port 8080, to be labelled by tables.
struct LabelledRecording {
  static let start: UInt64 = 1_700_000_000
  private let scratch: ScratchScan
  var directory: String { scratch.url.path }

  /// - Parameter exchanges: by file, the port at 192.0.2.1 and the seconds after ``start`` at which a flow begins.
  init(_ exchanges: [String: [(port: UInt16, at: UInt64)]]) throws {
    scratch = try ScratchScan()
    for (name, flows) in exchanges {
      var recording = Recording.synthetic(packets: 0)
      for (port, at) in flows.sorted(by: { $0.at < $1.at }) {
        for packet in 0..<4 {
          let microseconds = (Self.start + at) * 1_000_000 + UInt64(packet) * 1000
          recording.append(Self.frame(port: port, isAnswer: packet % 2 == 1), microseconds: microseconds)
        }
      }
      try scratch.write(name, recording.pcap)
    }
  }

  func run(_ program: String, _ arguments: [String]) throws {
    switch arguments.count {
    case 2: try scratch.run(program, arguments[0], arguments[1])
    default: try scratch.run(program, arguments[0], arguments[1], arguments[2])
    }
  }

  /// What the flows of the captures get from tables.
  func collect(_ tables: String..., options: FlowLabels.Options = .init(), map: String = "") throws
    -> LabelledCaptures.Collection
  {
    var labels = FlowLabels()
    for (number, table) in tables.enumerated() { try labels.add(table, name: "table \(number + 1)", options) }
    return LabelledCaptures(labels: try LabelMap(parsing: map), flowLabels: labels, contract: .paper).collect([
      directory
    ])
  }

  private static func frame(port: UInt16, isAnswer: Bool) -> [UInt8] {
    let ports: [UInt16] = isAnswer ? [8080, port] : [port, 8080]
    let ends: [UInt8] = isAnswer ? [192, 0, 2, 2, 192, 0, 2, 1] : [192, 0, 2, 1, 192, 0, 2, 2]
    let names: [UInt8] = ports.flatMap { port in [UInt8(port >> 8), UInt8(port & 0xff)] }
    let udp: [UInt8] = names + [0, 12, 0, 0, 1, 2, 3, 4]
    let link: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]
    let ip: [UInt8] = [0x45, 0, 0, 32, 0, 7, 0, 0, 64, 17, 0, 0]
    return link + ip + ends + udp
  }
}

extension LabelledCaptures.Collection {
  /// File, port at the originator's end, class, group and laboratory of each flow, sorted.
  var found: [String] {
    dataset.examples.map { example in
      let file = example.path.split(separator: "/").last ?? ""
      let record = example.flow.record
      return
        "\(file) \(record.originator.port) \(dataset.labels[example.label]) \(example.group) \(example.laboratory)"
    }.sorted()
  }

  /// Port and class of each flow, sorted.
  var classes: [String] {
    dataset.examples.map { "\($0.flow.record.originator.port) \(dataset.labels[$0.label])" }.sorted()
  }
}
