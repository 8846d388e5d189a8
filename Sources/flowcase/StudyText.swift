import Learning
import Records

/// What was measured on captures or laboratories left out, in a line.
enum StudyText {
  static func line(_ result: CrossValidation.Result, number: Int) -> String {
    let measured = result.pooled, classes = measured.classMetrics
    let what = result.split.kind == .laboratory ? "laboratories" : "captures"
    let labels =
      measured.tree.isFlat ? "" : " (full labels \(Figure.short(measured.metrics.accuracy)))"
    return
      "split \(number), on \(what) left out of training, \(Figure.count(classes.flows, "flow")): accuracy \(Figure.short(classes.accuracy))\(labels), macro-F1 \(Figure.short(classes.macroF1)), calibration error \(Figure.short(classes.calibrationError)); \(Figure.percent(measured.coverage)) get a label, of which \(Figure.percent(measured.errorRate)) are wrong"
  }
}
