/// The buffers one worker needs to run one model: allocated once, owned by that worker.
package struct InferenceScratch: ~Copyable, Sendable {
  /// Flows handled together; more are handled in turn.
  static let flowLimit = 256
  /// Packets whose input is laid out at one time: enough to read the weights seldom, few enough for the cache.
  static let blockRows = 96

  /// Packet rows handled together.
  let rowLimit: Int
  let classifier: ObjectIdentifier
  var bytes: [UInt8]
  // [blockRows, D], channels first, and [blockRows, 8H].
  var input: Matrix, projected: Matrix
  // Rows of packets, first packets of all flows, then second packets, and so on: [rowLimit, 8H], [rowLimit, 2H].
  var gates: Matrix, hidden: Matrix
  // Rows of flows: [flowLimit, 4H], [flowLimit, H].
  var recurrent: Matrix, cells: Matrix
  // [rowLimit, A], [1, N].
  var attention: Matrix, weights: Matrix
  // [flowLimit, 2H], [flowLimit, F], [flowLimit, K].
  var context: Matrix, dense: Matrix, outputs: Matrix

  package init(for classifier: FlowClassifier) {
    let contract = classifier.contract, size = classifier.description.dimensions
    rowLimit = max(contract.packets, 10 * Self.flowLimit)
    self.classifier = ObjectIdentifier(classifier)
    bytes = [UInt8](repeating: 0, count: contract.bytesPerPacket)
    input = Matrix(rows: Self.blockRows, columns: contract.valuesPerPacket)
    projected = Matrix(rows: Self.blockRows, columns: 8 * size.units)
    gates = Matrix(rows: rowLimit, columns: 8 * size.units)
    hidden = Matrix(rows: rowLimit, columns: 2 * size.units)
    recurrent = Matrix(rows: Self.flowLimit, columns: 4 * size.units)
    cells = Matrix(rows: Self.flowLimit, columns: size.units)
    attention = Matrix(rows: rowLimit, columns: size.attention)
    weights = Matrix(rows: 1, columns: contract.packets)
    context = Matrix(rows: Self.flowLimit, columns: 2 * size.units)
    dense = Matrix(rows: Self.flowLimit, columns: size.hidden)
    outputs = Matrix(rows: Self.flowLimit, columns: classifier.labels.count)
  }
}
