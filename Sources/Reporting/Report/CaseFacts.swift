import CaseStore
import Foundation
import Records

/// What a report asks a case, each question answered from sums or from few rows.
struct CaseFacts {
  let reader: CaseReader

  /// The values of the first row; empty when there is none.
  func row(_ sql: String, _ arguments: [SQLValue] = []) throws(StoreError) -> [SQLValue] {
    try reader.rows(sql, arguments).first ?? []
  }

  func rows(_ sql: String, _ arguments: [SQLValue] = []) throws(StoreError) -> [[SQLValue]] {
    try reader.rows(sql, arguments)
  }

  func integer(_ sql: String) throws(StoreError) -> Int64 {
    if case .integer(let value)? = try row(sql).first { value } else { 0 }
  }

  /// The model whose labels the view `flows` shows; `nil` in a case without one.
  func model() throws(StoreError) -> Model? {
    let row = try row(
      """
      SELECT model_id, sha256, architecture, threshold, metadata ->> '$."flowcase.label_thresholds"' IS NOT NULL,
        metadata ->> '$."flowcase.training"' ->> '$.options.references' IS NOT NULL
      FROM model ORDER BY model_id DESC LIMIT 1
      """)
    guard row.count == 6, case .integer(let id) = row[0], case .text(let sha256) = row[1],
      case .text(let architecture) = row[2], case .real(let threshold) = row[3]
    else { return nil }
    return Model(
      id: id, sha256: sha256, architecture: architecture, threshold: threshold,
      hasLabelThresholds: row[4] == .integer(1), hasReferences: row[5] == .integer(1))
  }

  /// When the captures were made, by their packets.
  func span() throws(StoreError) -> CaptureSpan {
    let year: Int64 = 365 * 86_400 * 1_000_000_000
    return CaptureSpan(
      try rows(
        """
        SELECT min(first_packet_ns), max(last_packet_ns), sum(packets_read) FROM evidence_item
        WHERE first_packet_ns IS NOT NULL GROUP BY first_packet_ns / ? ORDER BY 1
        """, [.integer(year)]
      ).compactMap { row in
        guard case .integer(let first) = row[0], case .integer(let last) = row[1] else { return nil }
        return (CaptureTime(nanoseconds: first), CaptureTime(nanoseconds: last), row[2].number)
      })
  }

  struct Model {
    var id: Int64
    var sha256: String, architecture: String
    var threshold: Double
    /// Whether each label asks for a score of its own.
    var hasLabelThresholds: Bool
    /// Whether that score is the likeness to training flows, not the confidence.
    var hasReferences: Bool

    /// When a flow is `unknown`, as a clause.
    var abstention: String {
      let below = "the model was not sure enough (confidence below \(SVGPicture.number(threshold, 3)))"
      guard hasLabelThresholds else { return below }
      return
        (hasReferences ? "the flow is not like enough to flows the model was trained on" : "the confidence is too low")
        + " for the label it would get"
        + (threshold > 0 ? ", or \(below)" : "")
    }
  }

  /// What was measured of a model when it was frozen.
  struct ErrorRate {
    var split: String
    var flows: Int64
    var accuracy: Double, macroF1: Double, coverage: Double, errorRate: Double
  }

  func errorRates(ofModel id: Int64) throws(StoreError) -> [ErrorRate] {
    try rows(
      """
      SELECT r.value ->> '$.split', r.value ->> '$.flows', r.value ->> '$.accuracy', r.value ->> '$.macro_f1',
        r.value ->> '$.coverage', r.value ->> '$.error_rate'
      FROM model AS m, json_each(m.metadata ->> '$."flowcase.error_rates"') AS r WHERE m.model_id = ?
      """, [.integer(id)]
    ).compactMap { row in
      guard case .text(let split) = row[0], case .integer(let flows) = row[1] else { return nil }
      let numbers = row[2...].map(\.number)
      return ErrorRate(
        split: split, flows: flows, accuracy: numbers[0], macroF1: numbers[1], coverage: numbers[2],
        errorRate: numbers[3])
    }
  }
}

extension SQLValue {
  /// The value as a number; 0 for what is none.
  var number: Double {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: 0
    }
  }
}

/// Numbers as a report prints them.
enum ReportFigure {
  /// With thousands apart.
  static func count(_ value: Int64) -> String { ValueAxis.text(Double(value)) }
  static func count(_ value: SQLValue) -> String { ValueAxis.text(value.number) }

  /// Such as `1 file` and `1,200 files`.
  static func count(_ value: SQLValue, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value.number == 1 ? "" : "s")"
  }

  /// With one decimal, and never 0.0 for what is something.
  static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "" }
    if share > 0, share < 0.0005 { return "< 0.1 %" }
    return String(format: "%.1f %%", share * 100)
  }

  /// Bytes in units of a thousand.
  static func bytes(_ value: Double) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    var (rest, unit) = (value, 0)
    while rest >= 1000, unit < units.count - 1 { (rest, unit) = (rest / 1000, unit + 1) }
    return "\(SVGPicture.number(rest, unit == 0 ? 0 : 1)) \(units[unit])"
  }
}
