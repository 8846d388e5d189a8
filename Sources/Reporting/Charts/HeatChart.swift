/// A grid of shares between 0 and 1: a row for each name, a column for each place, the share as a shade and a number.
package struct HeatChart {
  package var title: String
  package var xTitle: String
  package var places: [String]
  /// Values are `nil` where there is none.
  package var rows: [(name: String, values: [Double?])]

  package init(title: String, xTitle: String, places: [String], rows: [(name: String, values: [Double?])]) {
    (self.title, self.xTitle, self.places, self.rows) = (title, xTitle, places, rows)
  }

  private static let left = 150.0, head = 40.0, row = 24.0

  /// The picture. It is the same for the same values.
  package var svg: String {
    let bottom = Self.head + max(Double(rows.count), 1) * Self.row
    var picture = SVGPicture(
      title: title, details: "A row for each of \(rows.map(\.name).joined(separator: ", ")); columns: \(xTitle).",
      height: bottom + 48)
    picture.text(title, 10, 22, kind: "title")
    let slot = (picture.width - Self.left - 16) / Double(max(places.count, 1))
    for (index, row) in rows.enumerated() {
      let y = Self.head + Double(index) * Self.row
      picture.text(SVGPicture.short(row.name, 22), Self.left - 8, y + 16, anchor: .end)
      for (place, value) in row.values.prefix(places.count).enumerated() {
        guard let value, value.isFinite else { continue }
        let x = Self.left + Double(place) * slot
        let share = min(max(value, 0), 1)
        // Shares of a few hundredths must still be told from nothing.
        picture.rectangle(
          x + 1, y + 1, slot - 2, Self.row - 2, colour: 1, opacity: 0.06 + 0.94 * share.squareRoot(),
          hint: "\(row.name), \(places[place]): \(SVGPicture.number(share, 4))")
        if slot >= 30 { picture.text(SVGPicture.number(share, 2), x + slot / 2, y + 16, anchor: .middle) }
      }
    }
    for (place, name) in places.enumerated() {
      picture.text(name, Self.left + (Double(place) + 0.5) * slot, bottom + 16, anchor: .middle)
    }
    picture.text(xTitle, Self.left + (picture.width - Self.left - 16) / 2, bottom + 38, anchor: .middle)
    if rows.isEmpty { picture.text("no data", picture.width / 2, Self.head + 14, anchor: .middle) }
    return picture.text
  }
}
