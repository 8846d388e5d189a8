/// A convolution along the places of one flow: y [places, filters] = W [filters, k x channels] over each k places of x,
/// `stride` places apart.
///
/// x is [(places - 1) x stride + k or more, channels], with the zeros around it already there, so that the values under
/// a filter are k x channels neighbours in memory, and the rows of the product overlap.
struct ConvolutionLayer {
  let weight: Region, bias: Region
  let places: Int, channels: Int
  var stride = 1

  private var filters: Int { bias.columns }

  /// - Parameters:
  ///   - row: row of x that holds the flow. - columns: [at least places, k x channels] to work in; set.
  ///   - y: [flows, places x filters]; its row is set.
  func forward(
    _ x: borrowing Matrix, row: Int, parameters: borrowing Matrix, columns: inout Matrix, y: inout Matrix
  ) {
    gather(x, row, &columns)
    for place in 0..<places {
      Kernels.copy(parameters, at: bias.start, to: &y, at: row * y.columns + place * filters, count: filters)
    }
    Kernels.multiply(
      columns, columns.region.rows(0..<places), parameters, weight, transposing: .right, into: &y, results(in: y, row),
      adding: true)
  }

  /// Adds dL/dW and dL/db to `gradient` from dL/dy.
  ///
  /// - Parameter columns: [places, k x channels] to work in.
  func backward(
    _ x: borrowing Matrix, row: Int, parameters: borrowing Matrix, yGradient: borrowing Matrix,
    columns: inout Matrix, gradient: inout Matrix
  ) {
    gather(x, row, &columns)
    for place in 0..<places {
      Kernels.addScaled(
        1, yGradient, at: row * yGradient.columns + place * filters, to: &gradient, at: bias.start, count: filters)
    }
    Kernels.multiply(
      yGradient, results(in: yGradient, row), columns, columns.region.rows(0..<places),
      transposing: .left, into: &gradient, weight,
      adding: true)
  }

  /// Sets dL/dx of one flow's row from dL/dy.
  func backward(
    to xGradient: inout Matrix, row: Int, parameters: borrowing Matrix, yGradient: borrowing Matrix,
    columns: inout Matrix
  ) {
    Kernels.multiply(
      yGradient, results(in: yGradient, row), parameters, weight, into: &columns, columns.region.rows(0..<places),
      adding: false)
    let start = row * xGradient.columns
    Kernels.clear(&xGradient, at: start, count: xGradient.columns)
    for place in 0..<places {
      Kernels.addScaled(
        1, columns, at: place * columns.columns, to: &xGradient, at: start + place * stride * channels,
        count: columns.columns)
    }
  }

  private func results(in matrix: borrowing Matrix, _ row: Int) -> Region {
    Region(start: row * matrix.columns, rows: places, columns: filters, stride: filters)
  }

  private func gather(_ x: borrowing Matrix, _ row: Int, _ columns: inout Matrix) {
    for place in 0..<places {
      Kernels.copy(
        x, at: row * x.columns + place * stride * channels, to: &columns, at: place * columns.columns,
        count: columns.columns)
    }
  }
}

/// ReLU, and then the largest of every few places of each channel. The last window may be shorter.
struct RectifiedPool {
  let places: Int, channels: Int, size: Int

  /// y = max over the window of max(x, 0).
  ///
  /// - Parameters:
  ///   - x: [flows, places x channels]. - y: matrix whose rows hold windows x channels values from column `column` on.
  func forward(_ x: borrowing Matrix, row: Int, y: inout Matrix, row target: Int, column: Int) {
    for window in 0..<(places + size - 1) / size {
      for channel in 0..<channels {
        var largest: Float = 0
        for place in window * size..<min((window + 1) * size, places) {
          largest = max(largest, x[row, place * channels + channel])
        }
        y[target, column + window * channels + channel] = largest
      }
    }
  }

  /// Turns x into dL/dx: the gradient goes to the first place that holds the window's value, if that is above 0.
  func backward(_ x: inout Matrix, row: Int, y: borrowing Matrix, yGradient: borrowing Matrix, column: Int) {
    for window in 0..<(places + size - 1) / size {
      for channel in 0..<channels {
        let at = column + window * channels + channel
        let value = y[row, at]
        var isOpen = value > 0
        for place in window * size..<min((window + 1) * size, places) {
          let source = place * channels + channel
          let isTaken = isOpen && x[row, source] == value
          x[row, source] = isTaken ? yGradient[row, at] : 0
          if isTaken { isOpen = false }
        }
      }
    }
  }
}
