import Learning
import Records
import Reporting

/// What was measured, laboratory by laboratory: a mean over all flows hides those that the model does not understand.
struct LaboratoryTable {
  let flows: [JudgedFlow]
  let dataset: Dataset
  let tree: LabelTree

  static let columns = [
    "laboratory", "flows", "classes right", "macro-F1", "labelled", "right of labelled", "full labels",
    "calibration error",
  ]

  /// A row for each laboratory, then one for their mean, each counted alike.
  func write(_ writer: inout any RowWriter) throws {
    let byLaboratory = Dictionary(grouping: flows) { dataset.examples[$0.example].laboratory }
    let measured = byLaboratory.keys.sorted().map { name in
      (
        name: name, value: Evaluation(byLaboratory[name] ?? [], dataset, tree),
        full: fullShare(byLaboratory[name] ?? [])
      )
    }
    try writer.begin(columns: Self.columns)
    for row in measured {
      try writer.row(
        [.text(row.name), .integer(Int64(row.value.metrics.flows))] + figures(row.value, row.full).map { .real($0) })
    }
    let all = measured.map { figures($0.value, $0.full) }
    let means = Self.columns.dropFirst(2).indices.map { column in
      all.reduce(0) { $0 + $1[column - 2] } / Double(max(all.count, 1))
    }
    try writer.row([.text("mean of laboratories"), .integer(Int64(flows.count))] + means.map { .real($0) })
    try writer.end(isTruncated: false)
  }

  private func fullShare(_ flows: [JudgedFlow]) -> Double {
    let full = flows.count { if case .label = $0.prediction.verdict { true } else { false } }
    return flows.isEmpty ? 0 : Double(full) / Double(flows.count)
  }

  private func figures(_ value: Evaluation, _ full: Double) -> [Double] {
    [
      value.classMetrics.accuracy, value.classMetrics.macroF1, value.coverage, 1 - value.errorRate, full,
      value.classMetrics.calibrationError,
    ]
  }
}
