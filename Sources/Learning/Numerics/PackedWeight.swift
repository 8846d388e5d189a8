/// The weights and bias of y = W x + b, laid out for ``Kernels/product(_:_:used:_:into:_:)``.
///
/// Panels of 16 outputs, each [inputs, 16]; the last panel and the bias are filled up with zeros.
package struct PackedWeight: ~Copyable, Sendable {
  static let panel = 16
  package let inputs: Int, outputs: Int
  let panels: Matrix
  let bias: Matrix

  /// - Parameters:
  ///   - block: matrix that holds the weights [outputs, inputs] and the bias [1, outputs].
  ///   - bias: `nil` for zeros.
  ///   - order: input of the model at each place of x, if not the same; each input once.
  package init(_ block: borrowing Matrix, weight: Region, bias: Region?, order: [Int]? = nil) {
    precondition(weight.fits(in: block.count) && bias?.fits(in: block.count) != false)
    let count = (weight.rows + Self.panel - 1) / Self.panel
    let width = Self.panel
    inputs = weight.columns
    outputs = weight.rows
    var panels = Matrix(rows: count * weight.columns, columns: width)
    var start = Matrix(rows: 1, columns: count * width)
    let source = block.span
    var target = panels.mutableSpan
    for output in 0..<weight.rows {
      let panel = output / width * weight.columns
      for place in 0..<weight.columns {
        target[(panel + place) * width + output % width] =
          source[
            weight.start + output * weight.stride + (order?[place] ?? place)]
      }
      // Adding +0 turns a bias of -0 into +0: a chain that starts at -0 would show whether zeros were added to it.
      if let bias { start[0, output] = source[bias.start + output] + 0 }
    }
    self.panels = panels
    self.bias = start
  }
}
