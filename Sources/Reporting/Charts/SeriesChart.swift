/// Series of values over named places, as groups of bars or as lines.
package struct SeriesChart {
  package enum Kind: Sendable {
    case bars, lines
  }

  package var title: String
  package var kind: Kind
  package var xTitle: String, yTitle: String
  package var places: [String]
  /// Values of each series, one a place; `nil` where there is none. They are at least 0.
  package var series: [(name: String, values: [Double?])]
  /// The end of the value axis; without it, a round number above the largest value.
  package var top: Double?

  package init(
    title: String, kind: Kind, xTitle: String, yTitle: String, places: [String],
    series: [(name: String, values: [Double?])], top: Double? = nil
  ) {
    (self.title, self.kind, self.xTitle, self.yTitle) = (title, kind, xTitle, yTitle)
    (self.places, self.series, self.top) = (places, series, top)
  }

  private static let left = 64.0, right = 16.0, plotHeight = 260.0, legendRow = 20.0

  /// The picture. It is the same for the same values.
  package var svg: String {
    let isTurned = places.contains { $0.count > 9 } || places.count > 14
    let legendRows = Double((legend.last?.row ?? 0) + 1)
    let head = 34 + legendRows * Self.legendRow + 12
    let foot = isTurned ? 110.0 : 52.0
    var picture = SVGPicture(
      title: title, details: "\(yTitle) by \(xTitle); series: \(series.map(\.name).joined(separator: ", ")).",
      height: head + Self.plotHeight + foot)
    picture.text(title, Self.left, 22, kind: "title")
    for (index, entry) in legend.enumerated() {
      let y = 34 + Double(entry.row) * Self.legendRow
      picture.rectangle(entry.x, y + 2, 12, 12, colour: index)
      picture.text(entry.name, entry.x + 18, y + 12)
    }
    let axis = ValueAxis(series.flatMap { $0.values.compactMap { $0 } }, top: top)
    let frame = Frame(
      left: Self.left, top: head, width: picture.width - Self.left - Self.right, height: Self.plotHeight, axis: axis,
      places: max(places.count, 1))
    drawAxes(&picture, frame, isTurned: isTurned)
    switch kind {
    case .bars: drawBars(&picture, frame)
    case .lines: drawLines(&picture, frame)
    }
    if places.isEmpty || series.isEmpty {
      picture.text("no data", frame.left + frame.width / 2, frame.top + frame.height / 2, anchor: .middle)
    }
    return picture.text
  }

  /// The plot's place in the picture.
  private struct Frame {
    var left: Double, top: Double, width: Double, height: Double
    var axis: ValueAxis
    var places: Int

    var bottom: Double { top + height }
    var slot: Double { width / Double(places) }

    func y(_ value: Double) -> Double {
      let share = axis.top > 0 ? min(max(value / axis.top, 0), 1) : 0
      return bottom - share * height
    }

    func middle(_ place: Int) -> Double { left + (Double(place) + 0.5) * slot }
  }

  /// Where the names of the series stand, in rows.
  private var legend: [(name: String, x: Double, row: Int)] {
    var x = Self.left, row = 0
    return series.map { series in
      let name = SVGPicture.short(series.name, 32)
      let width = 40 + Double(VisibleText.width(name)) * 7
      if x > Self.left, x + width > 860 - Self.right { (x, row) = (Self.left, row + 1) }
      defer { x += width }
      return (name, x, row)
    }
  }

  private func drawAxes(_ picture: inout SVGPicture, _ frame: Frame, isTurned: Bool) {
    for tick in frame.axis.ticks {
      picture.line(frame.left, frame.y(tick), frame.left + frame.width, frame.y(tick))
      picture.text(ValueAxis.text(tick), frame.left - 6, frame.y(tick) + 4, anchor: .end)
    }
    picture.line(frame.left, frame.bottom, frame.left + frame.width, frame.bottom, kind: "axis")
    for (index, place) in places.enumerated() {
      let x = frame.middle(index)
      if isTurned {
        picture.text(SVGPicture.short(place, 18), x + 4, frame.bottom + 14, anchor: .end, turned: -35)
      } else {
        picture.text(place, x, frame.bottom + 18, anchor: .middle)
      }
    }
    picture.text(xTitle, frame.left + frame.width / 2, picture.height - 8, anchor: .middle)
    let middle = frame.top + frame.height / 2
    picture.text(yTitle, 14, middle, anchor: .middle, turned: -90)
  }

  private func drawBars(_ picture: inout SVGPicture, _ frame: Frame) {
    let bar = frame.slot * 0.8 / Double(max(series.count, 1))
    for (number, series) in series.enumerated() {
      for (place, value) in series.values.enumerated() where place < places.count {
        guard let value, value.isFinite else { continue }
        let x = frame.middle(place) - frame.slot * 0.4 + Double(number) * bar
        picture.rectangle(
          x, frame.y(value), max(bar - 1, 1), frame.bottom - frame.y(value), colour: number,
          opacity: number >= SVGPicture.colours ? 0.5 : 1,
          hint: "\(places[place]), \(series.name): \(SVGPicture.number(value, 4))")
      }
    }
  }

  private func drawLines(_ picture: inout SVGPicture, _ frame: Frame) {
    for (number, series) in series.enumerated() {
      var points: [(x: Double, y: Double)] = []
      for (place, value) in series.values.enumerated() where place < places.count {
        if let value, value.isFinite {
          points.append((frame.middle(place), frame.y(value)))
        } else {
          // A gap in the values is a gap in the line.
          picture.path(points, colour: number)
          points = []
        }
      }
      picture.path(points, colour: number)
    }
  }
}
