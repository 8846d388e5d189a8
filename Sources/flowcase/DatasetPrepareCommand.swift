import ArgumentParser
import Engine
import Foundation
import Learning
import Records
import Reporting
import Traffic

struct DatasetPrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare", abstract: "Make a feature table of labelled captures.",
    discussion: """
      A row is a flow. With the features 'packets': the sizes of its first packets (bytes of the IP packet, negative from \
      the responder) and the gaps between them (microseconds), empty where it has fewer packets. With 'time': the \
      time-based features of Draper-Gil, Lashkari et al. 2016, over the whole flow; the policies timeout-15, -30, -60 and \
      -120 cut flows as they did. The class comes from the name of its capture (--labels) or a line about the flow (--flow-labels).

      Of flows with the same features and class one row is written, so that none can be trained on and tested. Features \
      that occur under several classes are told: no model can tell these flows apart.
      """)

  @Argument(help: "Captures, or directories of them.", completion: .file()) var captures: [String]
  @OptionGroup var labels: LabelFiles
  @Option(help: "packets, time, or time_and_packets.") var features: InputContract.FeatureSet = .packets
  @Option(help: "Packets of a flow, 1 to 256.") var packets = 20
  @Option(help: "Flows left out: none, dns, or infrastructure (DNS and discovery).")
  var leaveOut: InputContract.LeaveOut = .infrastructure
  @Option(help: "How flows are cut: \(FlowPolicy.Name.allCases.map(\.rawValue).joined(separator: ", ")).")
  var policy: FlowPolicy.Name = .flowcase
  @Flag(help: "Write rows that repeat the features and the class of an earlier one too.") var keepRepeats = false
  @Option(
    help: "A CSV file to write of conflicts: features that occur under several classes, with captures.",
    completion: .file()) var conflicts: String?
  @Option(
    help:
      "A CSV file to write of groups: captures of one scenario. The table then has a column 'group' with their numbers.",
    completion: .file()) var groups: String?
  @OptionGroup var overwrite: OverwriteOption
  @Option(help: "csv or arff.") var format: DatasetConvertCommand.Format = .csv
  @Option(name: .shortAndLong, help: "A file to write; standard output by default.", completion: .file())
  var output: String?

  func validate() throws {
    if !(1...256).contains(packets) { throw ValidationError("packets is \(packets), not in 1...256") }
  }

  func run() throws {
    try reportingFailure {
      let outputs = overwrite.outputs(inputs: [(captures, "evidence"), (labels.inputs, "the label file")])
      let files = try (
        table: outputs.plan(output, .featureTable(FlowFeatures(features, packets: packets).features)),
        groups: groups.map { try outputs.plan($0, .table(Self.groupColumns)) },
        conflicts: conflicts.map { try outputs.plan($0, .table(Self.conflictColumns)) }
      )
      // No byte of a packet is needed, only its length and time.
      var contract = InputContract(packets: packets, bytesPerPacket: 0)
      contract.features = features
      contract.leaveOut = leaveOut
      contract.flowPolicy = policy
      let collection = try LabelledFlows.gather(captures, labels: labels, contract: contract)
      var dataset = collection.dataset
      let report = keepRepeats ? nil : dataset.removeDuplicates(for: contract)
      let names = Set(dataset.examples.map(\.group)).sorted()
      var table = dataset.table(of: FlowFeatures(features, packets: packets))
      if groups != nil {
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Float($0 + 1)) })
        table = table.adding("group", dataset.examples.map { numbers[$0.group] ?? .nan })
      }
      let counts = zip(table.labels, table.counts).map { "\($0) \($1)" }.joined(separator: ", ")
      say("\(table.rowCount.counted("flow")) of \(collection.digests.count.counted("capture")): \(counts)")
      if !collection.problems.isEmpty {
        say("\(Figure.count(collection.problems.count, "problem")) in the captures; 'flowcase scan' lists them")
      }
      if let report { try tell(report, dataset.labels, conflicts: files.conflicts) }
      try write(to: files.groups, columns: Self.groupColumns) {
        for (number, name) in names.enumerated() { try $0.row([.integer(Int64(number + 1)), .text(name)]) }
      }
      try table.write(format, to: OutputTarget(files.table))
    }
  }

  private static let groupColumns = ["group", "scenario"]
  private static let conflictColumns = ["conflict", "class", "flows", "scenarios"]

  private func tell(_ report: DuplicateReport, _ labels: [String], conflicts: PlannedOutput?) throws {
    say("\(Figure.count(report.removed, "repeated flow")) left out (--keep-repeats keeps them)")
    if !report.conflicts.isEmpty {
      say(
        "\(Figure.count(report.conflicts.count, "set")) of features under several classes, \(Figure.count(report.conflictingFlows, "row"))"
          + (conflicts == nil ? ": --conflicts FILE lists them" : ""))
    }
    try write(to: conflicts, columns: Self.conflictColumns) { writer in
      for (number, conflict) in report.conflicts.enumerated() {
        for (label, count) in conflict.counts.sorted(by: { $0.key < $1.key }) {
          try writer.row([
            .integer(Int64(number + 1)), .text(labels[label]), .integer(Int64(count)),
            .text(conflict.groups.joined(separator: " ")),
          ])
        }
      }
    }
  }

  private func write(to planned: PlannedOutput?, columns: [String], _ rows: (inout any RowWriter) throws -> Void) throws
  {
    guard let planned else { return }
    let target = try OutputTarget(planned)
    var writer = target.writer(.csv)
    try writer.begin(columns: columns)
    try rows(&writer)
    try writer.end(isTruncated: false)
    try target.finish()
  }
}
