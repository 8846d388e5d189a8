/// The buffers one worker needs to run one model: allocated once, owned by that worker.
package struct InferenceScratch: ~Copyable, Sendable {
  /// Flows handled together; more are handled in turn. Fewer would leave blocks of the later packets half empty.
  static let flowLimit = 384

  /// Packet rows handled together.
  let rowLimit: Int
  let classifier: ObjectIdentifier
  var bytes: [UInt8]
  // One block: [blockRows, paddedColumns], [blockRows, 8H].
  var input: Matrix, projected: Matrix
  // Rows of packets, first packets of all flows, then second packets, and so on: [rowLimit, 8H], [rowLimit, 2H].
  var gates: Matrix, hidden: Matrix
  // Rows of flows: [flowLimit, 4H], [flowLimit, H].
  var recurrent: Matrix, cells: Matrix
  // [blockRows, A], [1, rowLimit], [1, N].
  var attention: Matrix, scores: Matrix, weights: Matrix
  // [flowLimit, 2H], [blockRows, F], [blockRows, K].
  var context: Matrix, dense: Matrix, outputs: Matrix

  package init(for classifier: FlowClassifier) {
    let contract = classifier.contract, size = classifier.description.dimensions
    let block = FlowClassifier.blockRows
    let flowRows = (Self.flowLimit + block - 1) / block * block
    rowLimit = max(contract.packets, 10 * Self.flowLimit)
    self.classifier = ObjectIdentifier(classifier)
    bytes = [UInt8](repeating: 0, count: contract.bytesPerPacket)
    input = Matrix(rows: block, columns: classifier.panels.paddedColumns)
    projected = Matrix(rows: block, columns: 8 * size.units)
    gates = Matrix(rows: rowLimit, columns: 8 * size.units)
    // A block that begins at the last row reads this far.
    hidden = Matrix(rows: rowLimit + block, columns: 2 * size.units)
    recurrent = Matrix(rows: flowRows, columns: 4 * size.units)
    cells = Matrix(rows: Self.flowLimit, columns: size.units)
    attention = Matrix(rows: block, columns: size.attention)
    scores = Matrix(rows: 1, columns: rowLimit)
    weights = Matrix(rows: 1, columns: contract.packets)
    context = Matrix(rows: flowRows, columns: 2 * size.units)
    dense = Matrix(rows: block, columns: size.hidden)
    outputs = Matrix(rows: block, columns: classifier.labels.count)
  }
}
