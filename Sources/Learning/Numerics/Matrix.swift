/// A block of floats with one owner: row-major, `rows` x `columns`.
///
/// It cannot be copied by accident, and a worker's scratch can be told from shared weights by who owns it.
package struct Matrix: ~Copyable, Sendable {
  private var storage: [Float]
  package let rows: Int, columns: Int

  /// All zeros.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    storage = [Float](repeating: 0, count: rows * columns)
  }

  /// - Parameter values: rows x columns values, row after row.
  package init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "a \(rows) x \(columns) matrix of \(values.count) values")
    self.rows = rows
    self.columns = columns
    storage = values
  }

  package var count: Int { storage.count }

  /// All values, row after row.
  package var values: [Float] { storage }

  package var span: Span<Float> {
    @_lifetime(borrow self) get { storage.span }
  }

  package var mutableSpan: MutableSpan<Float> {
    @_lifetime(&self) mutating get { storage.mutableSpan }
  }

  package subscript(row: Int, column: Int) -> Float {
    get { storage[row * columns + column] }
    set { storage[row * columns + column] = newValue }
  }

  /// Where the whole matrix lies in itself.
  package var region: Region { Region(start: 0, rows: rows, columns: columns, stride: columns) }

  package mutating func fill(_ value: Float) {
    var span = mutableSpan
    for index in span.indices { span[index] = value }
  }
}

/// A rectangle of floats in a ``Matrix``: `rows` rows of `columns` values, `stride` values from row to row.
///
/// A region is only a place; who holds the matrix decides what may be read or written there.
package struct Region: Sendable, Equatable {
  package var start: Int, rows: Int, columns: Int, stride: Int

  package init(start: Int, rows: Int, columns: Int, stride: Int) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// One past the last value.
  package var end: Int { rows == 0 || columns == 0 ? start : start + (rows - 1) * stride + columns }

  /// Whether every value lies in a buffer of `count` values.
  package func fits(in count: Int) -> Bool {
    start >= 0 && rows >= 0 && columns >= 0 && stride >= columns && end <= count
  }

  /// The same for a region that is only read: its rows may overlap.
  package func canBeRead(in count: Int) -> Bool {
    start >= 0 && rows >= 0 && columns >= 0 && stride >= 0 && end <= count
  }

  package func rows(_ range: Range<Int>) -> Region {
    Region(start: start + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  package func columns(_ range: Range<Int>) -> Region {
    Region(start: start + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }
}
