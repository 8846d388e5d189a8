import CaseStore
import Records

/// What was read, what could not be, by which model, and how to do it again.
extension CaseReport {
  mutating func evidence() throws {
    page.heading("Evidence")
    let total = try facts.integer("SELECT count(*) FROM evidence_item")
    let rows = try facts.rows(
      """
      SELECT path, format, status, size, sha256, stream_sha256, packets, packets_in_flows, packets_not_ip,
        packets_undecodable, packets_filtered, bytes_lost, flows, first_packet_time, last_packet_time
      FROM evidence ORDER BY evidence_id LIMIT ?
      """, [.integer(Int64(Self.listLimit))])
    let rest = total - Int64(rows.count)
    page.table(
      "Files and members of archives, with their SHA-256 and the ledger of their packets",
      columns: [
        "path", "format", "status", "bytes", "SHA-256 as stored, and of the capture where it differs", "packets",
        "in flows",
        "not IP", "undecodable", "filtered", "bytes lost", "flows", "from", "to",
      ],
      rows: rows.map { row in
        let digests = [row[4], row[5]].map(\.plainText).filter { !$0.isEmpty }
        let counts = row[6...12].map { SQLValue.text(ReportFigure.count($0)) }
        return [
          row[0], row[1], row[2], .text(ReportFigure.count(row[3])),
          .text(digests.count == 2 && digests[0] == digests[1] ? digests[0] : digests.joined(separator: " ")),
        ] + counts + [.text(String(row[13].plainText.prefix(19))), .text(String(row[14].plainText.prefix(19)))]
      },
      note: (rest > 0 ? "\(ReportFigure.count(rest)) more: flowcase export \(casePath) evidence. " : "")
        + "Each packet read is in exactly one of the four columns after 'packets'. Check the files: flowcase verify \(casePath) EVIDENCE",
      isWide: true)
  }

  mutating func problems() throws {
    page.heading("Problems")
    let kinds = try facts.rows(
      "SELECT code, count(*) AS n, sum(bytes_lost), min(message) FROM problem GROUP BY code ORDER BY n DESC, code")
    if kinds.isEmpty { return page.paragraph("None: everything was read as it should be.") }
    page.table(
      "By kind", columns: ["kind", "problems", "bytes lost", "for example"],
      rows: kinds.map { [$0[0], .text(ReportFigure.count($0[1])), .text(ReportFigure.count($0[2])), $0[3]] })
    let total = try facts.integer("SELECT count(*) FROM problem")
    let rows = try facts.rows(
      "SELECT evidence_path, offset, code, bytes_lost, message FROM problems ORDER BY problem_id LIMIT ?",
      [.integer(Int64(Self.listLimit))])
    let rest = total - Int64(rows.count)
    page.table(
      "One by one", columns: ["evidence", "at byte", "kind", "bytes lost", "what"], rows: rows,
      note: rest > 0 ? "\(ReportFigure.count(rest)) more: flowcase export \(casePath) problems" : "", isWide: true)
  }

  mutating func modelCard() throws {
    let models = try facts.rows(
      """
      SELECT model_id, sha256, architecture, packet_count, threshold, metadata ->> '$."flowcase.contract"',
        metadata ->> '$."flowcase.loss"', CAST(metadata ->> '$."flowcase.temperature"' AS REAL),
        (metadata ->> '$."flowcase.training"') ->> '$.flows',
        json_array_length((metadata ->> '$."flowcase.training"') ->> '$.data_sha256'),
        (metadata ->> '$."flowcase.training"') ->> '$.epochs', (metadata ->> '$."flowcase.training"') ->> '$.split',
        (metadata ->> '$."flowcase.training"') ->> '$.tool_version', metadata ->> '$."flowcase.licence"',
        CAST(metadata ->> '$."flowcase.contested_temperature"' AS REAL)
      FROM model ORDER BY model_id DESC
      """)
    if models.isEmpty { return }
    page.heading("Models")
    for row in models {
      guard case .integer(let id) = row[0], case .text(let sha256) = row[1], case .text(let architecture) = row[2]
      else {
        continue
      }
      let labels = try facts.rows("SELECT name FROM model_label WHERE model_id = ? ORDER BY position", [.integer(id)])
      page.facts([
        ("SHA-256 of the model file", sha256), ("architecture", architecture),
        ("labels", labels.map { $0[0].plainText }.joined(separator: ", ")),
        ("packets looked at", row[3].plainText), ("threshold", SVGPicture.number(row[4].number, 4)),
        ("input contract", row[5].plainText),
        (
          "loss, temperature",
          "\(row[6].plainText), \(SVGPicture.number(row[7].number, 3))\(row[14] == .null ? "" : " (\(SVGPicture.number(row[14].number, 3)) where network and trees disagree)")"
        ),
        (
          "trained on",
          "\(ReportFigure.count(row[8])) flows of \(row[9].plainText) captures, \(row[10].plainText) epochs, \(row[11].plainText) split, by Flowcase \(row[12].plainText)"
        ), ("licence", row[13].plainText),
      ])
      let rates = try facts.errorRates(ofModel: id)
      page.table(
        "Measured when it was frozen",
        columns: ["split", "flows tested", "accuracy", "macro-F1", "labels", "of which wrong"],
        rows: rates.map { rate in
          let ofClasses = [
            SVGPicture.number(rate.accuracy, 3), SVGPicture.number(rate.macroF1, 3),
            ReportFigure.percent(rate.errorRate),
          ].map { rate.split == "no_class" ? SQLValue.null : .text($0) }
          return [
            .text(rate.split), .text(ReportFigure.count(rate.flows)), ofClasses[0], ofClasses[1],
            .text(ReportFigure.percent(rate.coverage)), ofClasses[2],
          ]
        },
        note:
          "'random' tests on flows of the captures it was trained on, 'grouped' on captures it had never seen, 'laboratory' in laboratories it had never seen: what holds for new evidence is the last that is there. 'no_class' are flows of none of its classes, which it should leave 'unknown'. 'labels' is the share of flows on which it does not abstain."
      )
      let byLabel = try facts.rows(
        """
        SELECT label, flows_tested_new_captures, error_rate_new_captures, flows_tested_known_captures,
          error_rate_known_captures, flows_tested_new_laboratories, error_rate_new_laboratories, flows_tested_no_class,
          no_class_rate
        FROM label_error_rates WHERE model_id = ? ORDER BY label
        """, [.integer(id)])
      page.table(
        "What each label was worth",
        columns: [
          "label", "given, captures never seen", "of which wrong", "given, captures it was trained on",
          "of which wrong", "given, new laboratories", "of which wrong", "flows of no class", "of which given it",
        ],
        rows: byLabel.map { row in
          [row[0]]
            + [1, 3, 5, 7].flatMap { place -> [SQLValue] in
              [
                row[place] == .null ? .text("not measured") : .text(ReportFigure.count(row[place])),
                row[place + 1] == .null ? .null : .text(ReportFigure.percent(row[place + 1].number)),
              ]
            }
        })
    }
  }

  mutating func reproduction() throws {
    page.heading("How to do it again")
    page.paragraph(
      "The same evidence, model and settings give the same rows with any number of workers. These runs made the case:")
    let runs = try facts.rows(
      """
      SELECT run_id, started_at, finished_at, exit_status, tool_version, host, examiner, case_number, notes, arguments,
        settings, environment FROM run ORDER BY run_id LIMIT ?
      """, [.integer(Int64(Self.listLimit))])
    page.table(
      "Runs",
      columns: [
        "run", "began", "ended", "exit status", "version", "computer", "examiner", "case number", "notes",
        "command line",
        "settings", "environment",
      ], rows: runs, isWide: true)
    let head = try facts.row("SELECT seq, entry_sha256 FROM audit ORDER BY seq DESC LIMIT 1")
    if head.count == 2 {
      page.facts([("audit chain", "\(head[0].plainText) entries, head \(head[1].plainText)")])
    }
    page.code(
      """
      flowcase verify \(casePath)                 # unchanged since the scan?
      flowcase verify \(casePath) EVIDENCE        # and the evidence?
      flowcase scan EVIDENCE --case again.db      # the same rows
      flowcase compare \(casePath) again.db
      flowcase export \(casePath) flows --format csv -o flows.csv
      """)
    page.paragraph("Made by Flowcase \(toolVersion). Times are UTC. Bytes of flows are IP bytes.")
  }
}
