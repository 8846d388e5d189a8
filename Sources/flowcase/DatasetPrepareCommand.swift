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
      -120 cut flows as they did. The class comes from the file name of its capture.
      """)

  @Argument(help: "Captures, or directories of them.", completion: .file()) var captures: [String]
  @Option(help: "A file that maps file-name patterns to classes.", completion: .file()) var labels: String
  @Option(help: "packets, time, or time_and_packets.") var features: InputContract.FeatureSet = .packets
  @Option(help: "Packets of a flow, 1 to 256.") var packets = 20
  @Option(help: "Flows left out: none, dns, or infrastructure (DNS and discovery).")
  var leaveOut: InputContract.LeaveOut = .infrastructure
  @Option(help: "How flows are cut: \(FlowPolicy.Name.allCases.map(\.rawValue).joined(separator: ", ")).")
  var policy: FlowPolicy.Name = .flowcase
  @Option(help: "csv or arff.") var format: DatasetConvertCommand.Format = .csv
  @Option(name: .shortAndLong, help: "A file to write; standard output by default.", completion: .file())
  var output: String?

  func validate() throws {
    if !(1...256).contains(packets) { throw ValidationError("packets is \(packets), not in 1...256") }
  }

  func run() throws {
    try reportingFailure {
      // No byte of a packet is needed, only its length and time.
      var contract = InputContract(packets: packets, bytesPerPacket: 0)
      contract.features = features
      contract.leaveOut = leaveOut
      contract.flowPolicy = policy
      let map = try LabelMap(parsing: NamedFile.text(labels, what: "label file"))
      let collection = LabelledCaptures(labels: map, contract: contract).collect(captures)
      let table = collection.dataset.table(of: FlowFeatures(features, packets: packets))
      let counts = zip(table.labels, table.counts).map { "\($0) \($1)" }.joined(separator: ", ")
      say("\(table.rowCount) flows of \(collection.digests.count) captures: \(counts)")
      if !collection.problems.isEmpty {
        say("\(Figure.count(collection.problems.count, "problem")) in the captures; 'flowcase scan' lists them")
      }
      try table.write(format, to: OutputTarget(output))
    }
  }
}
