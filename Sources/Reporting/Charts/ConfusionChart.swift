/// A confusion matrix as a picture: a row for each true class, a column for each predicted one, flows in the cells, and
/// the darker a cell the larger its share of the row.
package struct ConfusionChart {
  package var title: String
  package var labels: [String]
  /// Flows by true class (first index) and predicted class (second).
  package var counts: [[Int]]

  package init(title: String, labels: [String], counts: [[Int]]) {
    (self.title, self.labels, self.counts) = (title, labels, counts)
  }

  package var svg: String {
    let left = 150.0, top = 60.0
    let cell = min(56, (860 - left - 24) / Double(max(labels.count, 1)))
    let size = cell * Double(labels.count)
    var picture = SVGPicture(
      title: title, details: "Flows by true class and predicted class, shaded by their share of the true class.",
      height: top + max(size, 40) + 120)
    picture.text(title, 16, 22, kind: "title")
    picture.text("true class", left - 8, top - 10, anchor: .end)
    if labels.isEmpty { picture.text("no data", left + 40, top + 20) }
    for (row, label) in labels.enumerated() {
      let y = top + (Double(row) + 0.5) * cell
      picture.text(SVGPicture.short(label, 18), left - 8, y + 4, anchor: .end)
      let x = left + (Double(row) + 0.5) * cell
      picture.text(SVGPicture.short(label, 16), x + 4, top + size + 16, anchor: .end, turned: -40)
      draw(&picture, row: row, left: left, y: y, cell: cell)
    }
    picture.text("predicted class", left + size / 2, picture.height - 10, anchor: .middle)
    return picture.text
  }

  private func draw(_ picture: inout SVGPicture, row: Int, left: Double, y: Double, cell: Double) {
    guard row < counts.count else { return }
    let sum = counts[row].reduce(0, +)
    for (column, count) in counts[row].enumerated() where column < labels.count {
      let share = sum > 0 ? Double(count) / Double(sum) : 0
      // Never so dark that the number cannot be read in either colour scheme.
      picture.rectangle(
        left + Double(column) * cell + 1, y - cell / 2 + 1, cell - 2, cell - 2, colour: 0, opacity: 0.04 + 0.56 * share,
        hint: "\(labels[row]) taken for \(labels[column]): \(count) of \(sum)")
      if count > 0 {
        picture.text(ValueAxis.text(Double(count)), left + (Double(column) + 0.5) * cell, y + 4, anchor: .middle)
      }
    }
  }
}
