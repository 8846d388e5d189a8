package import Records

/// A table of an experiment, ready to be written in any format.
package struct ResultTable: Sendable, Equatable {
  /// Such as `table5`: the file's name without its ending.
  package var name: String
  package var title: String
  package var columns: [String]
  package var rows: [[SQLValue]]
  /// What a reader must know to read it rightly; sentences.
  package var note: String
}

/// A picture of an experiment: its numbers, not how it is drawn.
package struct ResultFigure: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// A group of bars for each place on the x axis.
    case bars
    case lines
  }

  /// Such as `figure9-task2`.
  package var name: String
  package var title: String
  package var kind: Kind
  package var xTitle: String, yTitle: String
  /// Places on the x axis, as texts.
  package var places: [String]
  /// Values of each series, one a place; `nil` where there is none.
  package var series: [(name: String, values: [Double?])]
  package var note: String

  package static func == (a: ResultFigure, b: ResultFigure) -> Bool {
    a.name == b.name && a.title == b.title && a.kind == b.kind && a.places == b.places && a.note == b.note
      && a.xTitle == b.xTitle && a.yTitle == b.yTitle
      && a.series.map(\.name) == b.series.map(\.name) && a.series.map(\.values) == b.series.map(\.values)
  }

  /// The numbers as a table: a row for each place.
  package var table: ResultTable {
    ResultTable(
      name: name, title: title, columns: [xTitle] + series.map(\.name),
      rows: places.indices.map { place in
        [.text(places[place])] + series.map { series in series.values[place].map { .real($0) } ?? .null }
      },
      note: note)
  }
}
