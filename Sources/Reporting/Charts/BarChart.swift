/// Values by name as horizontal bars, the name to the left of each and its value at its end.
package struct BarChart {
  package struct Bar: Sendable {
    package var name: String
    /// At least 0.
    package var value: Double
    /// Which colour; bars of one kind have the same.
    package var kind: Int
    /// What stands behind the value, such as a share.
    package var note: String

    package init(name: String, value: Double, kind: Int = 0, note: String = "") {
      (self.name, self.value, self.kind, self.note) = (name, value, kind, note)
    }
  }

  package var title: String
  /// What the values are, such as `flows`.
  package var unit: String
  package var bars: [Bar]
  /// What each kind of bar is, in the order of their numbers; empty where there is one kind.
  package var kinds: [String]

  package init(title: String, unit: String, bars: [Bar], kinds: [String] = []) {
    (self.title, self.unit, self.bars, self.kinds) = (title, unit, bars, kinds)
  }

  private static let left = 210.0, right = 150.0, row = 22.0

  /// The picture. It is the same for the same values.
  package var svg: String {
    let head = kinds.isEmpty ? 40.0 : 62.0
    var picture = SVGPicture(
      title: title, details: "\(unit) of \(bars.map(\.name).joined(separator: ", ")).",
      height: head + max(Double(bars.count), 1) * Self.row + 44)
    picture.text(title, 10, 22, kind: "title")
    var x = 10.0
    for (number, kind) in kinds.enumerated() {
      picture.rectangle(x, 36, 12, 12, colour: number)
      picture.text(kind, x + 18, 46)
      x += 40 + Double(VisibleText.width(kind)) * 7
    }
    let axis = ValueAxis(bars.map(\.value))
    let width = picture.width - Self.left - Self.right, bottom = head + max(Double(bars.count), 1) * Self.row
    for tick in axis.ticks {
      let x = Self.left + tick / axis.top * width
      picture.line(x, head - 4, x, bottom)
      picture.text(ValueAxis.text(tick), x, bottom + 16, anchor: .middle)
    }
    picture.text(unit, Self.left + width / 2, bottom + 36, anchor: .middle)
    for (index, bar) in bars.enumerated() {
      let y = head + Double(index) * Self.row
      let length = axis.top > 0 ? max(bar.value / axis.top * width, 0) : 0
      picture.text(SVGPicture.short(bar.name, 30), Self.left - 8, y + 14, anchor: .end)
      picture.rectangle(
        Self.left, y + 2, length, Self.row - 6, colour: bar.kind,
        hint: "\(bar.name): \(ValueAxis.text(bar.value)) \(unit)")
      let note = bar.note.isEmpty ? "" : "  \(bar.note)"
      picture.text("\(ValueAxis.text(bar.value))\(note)", Self.left + length + 6, y + 14)
    }
    if bars.isEmpty { picture.text("no data", Self.left + width / 2, head + 14, anchor: .middle) }
    return picture.text
  }
}
