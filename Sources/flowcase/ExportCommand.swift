import ArgumentParser
import CaseStore
import Engine
import Foundation
import Glibc
import Records
import Reporting
import Synchronization

extension ExportSubject: ExpressibleByArgument {}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a view of a case as CSV, JSON lines, Markdown, a table, or Zeek's conn.log.",
    discussion: """
      Rows are written as they are read and in a fixed order: the same case gives the same bytes. An export that is cut, by \
      --limit, an interrupt or a failure, says so in its last line, and its exit status is not 0 (2 for --limit, else 1). A file \
      gets its name when it is whole: after an interrupt or a failure an older one is as it was.

        flowcase export case.db flows --format csv -o flows.csv
        flowcase export case.db flows --where "label = 'Voip' AND confidence > 0.9" --columns flow_start,orig_ip,resp_ip
        flowcase export case.db conn.log -o conn.log

      Packets with their flow's label in their comment (pcapng, as pcapML reads it): flowcase carve.
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Argument(help: "What to write: \(ExportSubject.allCases.map(\.rawValue).joined(separator: ", ")).") var subject:
    ExportSubject
  @Option(name: .customLong("where"), help: "Only rows for which this SQL expression over the columns holds.")
  var condition: String?
  @Option(help: "Names of columns, separated by commas, in the order wanted.") var columns: String?
  @Option(help: "Rows at the most.") var limit: Int?
  @OptionGroup var options: OutputOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
    guard subject == .connLog else { return }
    if columns != nil { throw ValidationError("conn.log has Zeek's columns; --columns is for the other subjects") }
    if options.format != .table || options.raw {
      throw ValidationError("conn.log has Zeek's own format; --format and --raw are for the other subjects")
    }
  }

  private static let isInterrupted = Atomic<Bool>(false)

  func run() throws {
    try reportingFailure {
      let reader = try CaseReader(path: casePath)
      let planned = try options.plan(cases: [casePath])
      if !planned.isFile {
        signal(SIGINT) { _ in
          ExportCommand.isInterrupted.store(true, ordering: .relaxed)
          signal(SIGINT, SIG_DFL)
        }
      }
      let names = try chosenColumns(reader)
      let (target, writer) = try options.open(planned)
      var rows = RowStream(subject == .connLog ? ConnLog(sink: target.sink) : writer, limit: limit)
      try rows.write { begin, row in
        try reader.query(subject.sql(columns: names, where: condition), begin: begin) {
          if Self.isInterrupted.load(ordering: .relaxed) {
            throw StoreError(.interrupted, "interrupted: the export is not whole, and says so in its last line")
          }
          try row($0)
        }
      }
      try target.finish()
      if rows.isTruncated {
        say(
          "the export was cut after \(Figure.count(limit ?? 0, "row")) because of --limit, and says so in its last line"
        )
        throw ExitCode(2)
      }
    }
  }

  private func chosenColumns(_ reader: CaseReader) throws -> [String] {
    guard let columns else { return [] }
    var known: [String] = []
    try reader.query(subject.sql(limit: 0), begin: { known = $0 }, row: { _ in })
    let names = columns.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw CommandFailed(
        description: "'\(subject.rawValue)' has no column '\(unknown)'; it has \(known.joined(separator: ", "))")
    }
    return names
  }
}
