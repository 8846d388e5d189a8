import CaseStore

/// What Datasette shows beside a case: titles, descriptions, facets, and the shipped questions as canned queries.
///
/// The form is that of Datasette 0.65, which finds a database by the name of its file without the suffix.
package struct DatasetteMetadata {
  private let database: String

  /// - Parameter casePath: the case as Datasette will be given it.
  package init(casePath: String) {
    let name = casePath.split(separator: "/").last.map(String.init) ?? casePath
    database = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  private struct View {
    var title: String
    var facets: [String] = []
    var sort: String?
    var sortDescending: String?
  }

  /// What people look at first, and how.
  private static let views: [String: View] = [
    "flows": View(title: "Flows", facets: ["label", "label_source", "proto", "conn_state"]),
    "evidence": View(title: "Evidence", facets: ["status", "format"], sort: "evidence_id"),
    "problems": View(title: "Problems", facets: ["code"], sort: "problem_id"),
    "problems_by_file": View(title: "Problems by file", sortDescending: "problems"),
    "label_summary": View(title: "Labels", facets: ["label_source"], sortDescending: "flows"),
    "label_error_rates": View(title: "What each label was worth"),
    "labels_by_host": View(title: "Labels by host", facets: ["label"]),
    "labels_by_evidence": View(title: "Labels by evidence", facets: ["label"]),
    "labels_by_folder": View(title: "Labels by folder", facets: ["label"]),
    "evidence_by_folder": View(title: "Evidence by folder", facets: []),
    "timeline": View(title: "Labels by hour", facets: ["label"], sort: "hour"),
    "hosts": View(title: "Hosts", sortDescending: "bytes_sent"),
    "conversations": View(title: "Conversations", facets: ["proto"]),
    "longest_flows": View(title: "Longest flows"),
    "largest_flows": View(title: "Largest flows"),
    "least_certain_flows": View(title: "Least certain flows"),
    "concentrated_attention": View(title: "Flows whose label rests on one packet", facets: ["label"]),
    "resolved_names": View(title: "Names looked up before a flow"),
    "port_mismatch": View(title: "Flows that are not what their port stands for", facets: ["port_service", "service"]),
    "tunnels": View(title: "Tunnels", sortDescending: "bytes"),
    "attention": View(title: "Attention by packet", facets: ["label"]),
    "attention_fields": View(title: "Attention by header field", facets: ["label", "part"], sortDescending: "mean"),
    "attention_parts": View(title: "Attention: header or payload", facets: ["part"]),
    "model_agreement": View(title: "Models side by side"),
    "capture_notes": View(title: "What captures say beside their packets", facets: ["kind"], sort: "note_id"),
    "sequences": View(title: "Sequences of captures"),
    "evidence_tree": View(title: "Archives and what is in them", facets: ["status"]),
    "ledger_mismatch": View(title: "Ledgers that do not add up"),
    "runs": View(title: "Runs", sort: "run_id"),
    "run_changes": View(title: "What each run added", facets: ["change"], sortDescending: "run_id"),
    "audit": View(title: "Audit chain", facets: ["event"], sort: "seq"),
    "model": View(title: "Models"),
  ]

  /// The metadata as JSON, tables, columns and questions in the order of their pages.
  package var json: String {
    let tables = SchemaPage.current.tables.map { table -> (String, JSONTree) in
      var entry: [(String, JSONTree)] = [("description", .text(table.summary))]
      if let view = Self.views[table.name] {
        entry.insert(("title", .text(view.title)), at: 0)
        entry.append(("size", .number(50)))
        if !view.facets.isEmpty { entry.append(("facets", .list(view.facets.map { .text($0) }))) }
        if let column = view.sort { entry.append(("sort", .text(column))) }
        if let column = view.sortDescending { entry.append(("sort_desc", .text(column))) }
      } else {
        // Tables behind the views.
        entry.append(("hidden", .flag(true)))
      }
      entry.append(("columns", .object(table.columns.map { ($0.name, .text($0.meaning)) })))
      return (table.name, .object(entry))
    }
    let queries = ShippedQuery.all.map { query -> (String, JSONTree) in
      // What the program asks for on its command line, Datasette asks for in a form.
      let title = query.title.firstRange(of: " (--param").map { String(query.title[..<$0.lowerBound]) } ?? query.title
      return (
        query.name,
        .object([
          ("title", .text(title)), ("sql", .text(query.sql)),
          ("params", .list(query.parameters.map { .text($0) })),
        ])
      )
    }
    let metadata = JSONTree.object([
      ("title", .text("Flowcase")),
      ("description", .text("Flows of packet captures with labels, attention, and an account of all evidence.")),
      (
        "databases",
        .object([
          (
            database,
            .object([
              ("description", .text("Begin with the views. Times are UTC, bytes of flows are IP bytes.")),
              ("queries", .object(queries)), ("tables", .object(tables)),
            ])
          )
        ])
      ),
    ])
    return metadata.text() + "\n"
  }
}

/// JSON whose members keep their order.
private enum JSONTree {
  case text(String)
  case number(Int)
  case flag(Bool)
  case list([JSONTree])
  case object([(String, JSONTree)])

  /// - Parameter indent: blanks before each line.
  func text(_ indent: String = "") -> String {
    switch self {
    case .text(let text): return JSONLinesWriter.string(text)
    case .number(let number): return "\(number)"
    case .flag(let flag): return "\(flag)"
    case .list(let items): return "[" + items.map { $0.text(indent) }.joined(separator: ", ") + "]"
    case .object(let members):
      if members.isEmpty { return "{}" }
      let inner = indent + "  "
      let lines = members.map { "\(inner)\(JSONLinesWriter.string($0)): \($1.text(inner))" }
      return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    }
  }
}
