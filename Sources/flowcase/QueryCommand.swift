import ArgumentParser
import CaseStore
import Records
import Reporting

struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Ask a case a question: in SQL, or one that is shipped, by its name.",
    discussion: """
      Without a question, the shipped ones are listed. The case is opened for reading only. schemas/case.md describes every \
      view and column.

        flowcase query case.db
        flowcase query case.db --name longest
        flowcase query case.db --name labels-of-host --param ip=10.0.0.1
        flowcase query case.db "SELECT label, count(*) FROM flows WHERE resp_port = 443 GROUP BY label"
        flowcase query case.db "SELECT server_name FROM flows WHERE label = 'unknown'" --format value | sort | uniq -c
      """)

  @Argument(help: "The case database.", completion: .file()) var casePath: String
  @Argument(help: "One SELECT statement.") var sql: String?
  @Option(
    help: "A shipped question; 'flowcase query CASE' lists them.",
    completion: .list(ShippedQuery.all.map(\.name)))
  var name: String?
  @Option(help: ArgumentHelp("A value that the question asks for.", valueName: "name=value")) var param: [String] = []
  @OptionGroup var options: OutputOptions

  func validate() throws {
    if sql != nil && name != nil { throw ValidationError("give a question in SQL or the --name of one, not both") }
    _ = try parameters()
  }

  func run() throws {
    try reportingFailure {
      let reader = try CaseReader(path: casePath)
      let planned = try options.plan(cases: [casePath])
      if sql == nil && name == nil {
        return try options.write(
          columns: ["name", "asks_for", "answers"],
          rows: ShippedQuery.all.map {
            [.text($0.name), .text($0.parameters.joined(separator: ", ")), .text($0.title)]
          }, to: planned)
      }
      let question = try sql ?? shipped().sql
      let parameters = try parameters()
      let (target, writer) = try options.open(planned)
      var rows = RowStream(writer)
      try rows.write { begin, row in try reader.query(question, parameters: parameters, begin: begin, row: row) }
      try target.finish()
    }
  }

  private func shipped() throws -> ShippedQuery {
    if let name, let query = ShippedQuery.named(name) { return query }
    throw ValidationError("there is no shipped question '\(name ?? "")': 'flowcase query \(casePath)' lists them")
  }

  private func parameters() throws -> [String: String] {
    var values: [String: String] = [:]
    for text in param {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw ValidationError("--param takes NAME=VALUE, such as --param ip=10.0.0.1")
      }
      values[String(text[..<sign])] = String(text[text.index(after: sign)...])
    }
    return values
  }
}
