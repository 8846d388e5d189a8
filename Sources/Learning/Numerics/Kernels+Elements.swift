import CActivations

// Regions of one call never overlap unless its comment says so; rows are handled one after the other.
extension Kernels {
  /// values = exp(values).
  package static func exponentiate(_ matrix: inout Matrix, _ region: Region) {
    unsafe withRows(&matrix, region) { unsafe flowcase_exp($0, region.columns) }
  }

  /// values = tanh(values).
  package static func squash(_ matrix: inout Matrix, _ region: Region) {
    unsafe withRows(&matrix, region) { unsafe flowcase_tanh($0, region.columns) }
  }

  /// values = 1 / (1 + exp(-values)).
  package static func sigmoid(_ matrix: inout Matrix, _ region: Region) {
    unsafe withRows(&matrix, region) { unsafe flowcase_sigmoid($0, region.columns) }
  }

  /// One step of `hidden.rows` independent LSTM rows, Eq. (1)-(4).
  ///
  /// - Parameters:
  ///   - gates: pre-activations [rows, 4H], gate order i, f, g, o; activations afterwards.
  ///   - recurrent: matrix and region [rows, 4H] to add to the pre-activations first; `nil` when they are complete.
  ///   - before: region [rows, H] of `cells` with the state before; `nil` for zeros. It may equal `after`.
  ///   - after: region [rows, H] of `cells` for the state after.
  ///   - hidden: region [rows, H] for the output.
  static func lstmStep(
    gates: inout Matrix, _ gateRegion: Region, adding recurrent: borrowing Matrix, _ recurrentRegion: Region?,
    cells: inout Matrix, before: Region?, after: Region, hidden: inout Matrix, _ hiddenRegion: Region
  ) {
    let rows = hiddenRegion.rows, units = hiddenRegion.columns
    precondition(gateRegion.rows == rows && gateRegion.columns == 4 * units && gateRegion.fits(in: gates.count))
    precondition(after.rows == rows && after.columns == units && after.fits(in: cells.count))
    precondition(hiddenRegion.fits(in: hidden.count))
    if let before { precondition(before.rows == rows && before.columns == units && before.fits(in: cells.count)) }
    if let added = recurrentRegion {
      precondition(added.rows == rows && added.columns == 4 * units && added.fits(in: recurrent.count))
    }
    var gates = gates.mutableSpan, cells = cells.mutableSpan, hidden = hidden.mutableSpan
    unsafe gates.withUnsafeMutableBufferPointer { gates in
      unsafe cells.withUnsafeMutableBufferPointer { cells in
        unsafe hidden.withUnsafeMutableBufferPointer { hidden in
          unsafe recurrent.span.withUnsafeBufferPointer { recurrent in
            guard let gates = gates.baseAddress, let cells = cells.baseAddress, let hidden = hidden.baseAddress
            else { return }
            for row in 0..<rows {
              let added = unsafe recurrentRegion.flatMap { region in
                unsafe recurrent.baseAddress.map { unsafe $0 + region.start + row * region.stride }
              }
              let state = unsafe before.map { unsafe UnsafePointer(cells + $0.start + row * $0.stride) }
              unsafe flowcase_lstm_step(
                gates + gateRegion.start + row * gateRegion.stride, added, state,
                cells + after.start + row * after.stride, hidden + hiddenRegion.start + row * hiddenRegion.stride,
                units)
            }
          }
        }
      }
    }
  }

  /// The gradient of that step: `gates` goes from activations to the gradient of the pre-activations.
  ///
  /// - Parameters:
  ///   - before: state before the step in `cells`; `nil` for zeros.
  ///   - after: state after it.
  ///   - hiddenGradient: dL/dh [rows, H].
  ///   - cellGradient: dL/dc [rows, H] from the step after; becomes that for the step before.
  static func lstmStepBackward(
    gates: inout Matrix, _ gateRegion: Region, cells: borrowing Matrix, before: Region?, after: Region,
    hiddenGradient: borrowing Matrix, _ hiddenRegion: Region, cellGradient: inout Matrix, _ cellRegion: Region
  ) {
    let rows = hiddenRegion.rows, units = hiddenRegion.columns
    precondition(gateRegion.rows == rows && gateRegion.columns == 4 * units && gateRegion.fits(in: gates.count))
    precondition(after.rows == rows && after.columns == units && after.fits(in: cells.count))
    precondition(hiddenRegion.fits(in: hiddenGradient.count))
    precondition(cellRegion.rows == rows && cellRegion.columns == units && cellRegion.fits(in: cellGradient.count))
    if let before { precondition(before.rows == rows && before.columns == units && before.fits(in: cells.count)) }
    var gates = gates.mutableSpan, cellGradient = cellGradient.mutableSpan
    unsafe gates.withUnsafeMutableBufferPointer { gates in
      unsafe cellGradient.withUnsafeMutableBufferPointer { cellGradient in
        unsafe cells.span.withUnsafeBufferPointer { cells in
          unsafe hiddenGradient.span.withUnsafeBufferPointer { hidden in
            guard let gates = gates.baseAddress, let cellGradient = cellGradient.baseAddress,
              let cells = cells.baseAddress, let hidden = hidden.baseAddress
            else { return }
            for row in 0..<rows {
              unsafe flowcase_lstm_step_backward(
                gates + gateRegion.start + row * gateRegion.stride,
                before.map { unsafe cells + $0.start + row * $0.stride }, cells + after.start + row * after.stride,
                hidden + hiddenRegion.start + row * hiddenRegion.stride,
                cellGradient + cellRegion.start + row * cellRegion.stride, units)
            }
          }
        }
      }
    }
  }

  /// y = W x + b for each row of x, each element one chain of fused multiply-adds in the order of the inputs: the same
  /// bits for a row of the same values wherever it stands, and on every CPU.
  ///
  /// - Parameters:
  ///   - x: region [rows, inputs], whose rows may overlap. - y: region [rows, outputs].
  ///   - used: how many of the first inputs may differ from 0. Then those that are 0 in rows that stand together are
  ///     looked for and left out: they add nothing. That pays where half of the values are 0, and rows that are 0 in the
  ///     same places stand together. `nil` multiplies all.
  package static func product(
    _ x: borrowing Matrix, _ xRegion: Region, used: Int? = nil, _ weight: borrowing PackedWeight,
    into y: inout Matrix, _ yRegion: Region
  ) {
    precondition(xRegion.columns == weight.inputs && yRegion.columns == weight.outputs && xRegion.rows == yRegion.rows)
    precondition(xRegion.canBeRead(in: x.count) && yRegion.fits(in: y.count))
    let tiles = (xRegion.rows + Int(FLOWCASE_TILE) - 1) / Int(FLOWCASE_TILE)
    if let used { precondition((0...weight.inputs).contains(used)) }
    let listed = used.map { tiles * ($0 + 1) } ?? 0
    var y = y.mutableSpan
    unsafe x.span.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        unsafe weight.panels.span.withUnsafeBufferPointer { panels in
          unsafe weight.bias.span.withUnsafeBufferPointer { bias in
            guard let x = x.baseAddress, let y = y.baseAddress, let panels = panels.baseAddress,
              let bias = bias.baseAddress
            else { return }
            unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: listed) { lists in
              unsafe flowcase_product(
                x + xRegion.start, xRegion.stride, xRegion.rows, weight.inputs, panels, bias, y + yRegion.start,
                yRegion.stride, yRegion.columns, used == nil ? nil : lists.baseAddress, used ?? 0)
            }
          }
        }
      }
    }
  }

  /// Sum of a[i] b[i] over `count` values from each start.
  package static func dot(
    _ a: borrowing Matrix, at aStart: Int, _ b: borrowing Matrix, at bStart: Int, count: Int
  ) -> Float {
    precondition(aStart >= 0 && bStart >= 0 && count >= 0 && aStart + count <= a.count && bStart + count <= b.count)
    return unsafe a.span.withUnsafeBufferPointer { a in
      unsafe b.span.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
        return unsafe flowcase_dot(a + aStart, b + bStart, count)
      }
    }
  }

  /// y[i] += factor x[i] over `count` values from each start.
  static func addScaled(
    _ factor: Float, _ x: borrowing Matrix, at xStart: Int, to y: inout Matrix, at yStart: Int, count: Int
  ) {
    precondition(xStart >= 0 && yStart >= 0 && count >= 0 && xStart + count <= x.count && yStart + count <= y.count)
    var y = y.mutableSpan
    unsafe x.span.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        unsafe flowcase_add_scaled(factor, x + xStart, y + yStart, count)
      }
    }
  }

  /// Copies `count` values.
  static func copy(_ x: borrowing Matrix, at xStart: Int, to y: inout Matrix, at yStart: Int, count: Int) {
    precondition(xStart >= 0 && yStart >= 0 && count >= 0 && xStart + count <= x.count && yStart + count <= y.count)
    var y = y.mutableSpan
    unsafe x.span.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        unsafe (y + yStart).update(from: x + xStart, count: count)
      }
    }
  }

  /// The largest of `count` values; minus infinity of none.
  static func largest(_ matrix: borrowing Matrix, at start: Int, count: Int) -> Float {
    precondition(start >= 0 && count >= 0 && start + count <= matrix.count)
    return unsafe matrix.span.withUnsafeBufferPointer { values in
      guard let values = values.baseAddress else { return -.infinity }
      return unsafe flowcase_largest(values + start, count)
    }
  }

  /// Sets `count` values to 0.
  static func clear(_ matrix: inout Matrix, at start: Int, count: Int) {
    precondition(start >= 0 && count >= 0 && start + count <= matrix.count)
    var span = matrix.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { values in
      guard let values = values.baseAddress else { return }
      unsafe (values + start).update(repeating: 0, count: count)
    }
  }

  /// Writes the first `count` bytes as numbers: `count` values, or 8 x `count` for `bits`.
  static func spread(
    _ bytes: [UInt8], count: Int, as encoding: InputContract.Encoding, to matrix: inout Matrix, at start: Int
  ) {
    let written = encoding == .bits ? 8 * count : count
    precondition(count >= 0 && count <= bytes.count && start >= 0 && start + written <= matrix.count)
    var span = matrix.mutableSpan
    unsafe bytes.span.withUnsafeBufferPointer { bytes in
      unsafe span.withUnsafeMutableBufferPointer { values in
        guard let bytes = bytes.baseAddress, let values = values.baseAddress else { return }
        switch encoding {
        case .scaled: unsafe flowcase_spread_scaled(bytes, values + start, count)
        case .bits: unsafe flowcase_spread_bits(bytes, values + start, count)
        }
      }
    }
  }

  /// One step of Adam over all values; see `flowcase_adam` for the parts of the formula.
  static func adam(
    values: inout Matrix, gradient: borrowing Matrix, first: inout Matrix, second: inout Matrix, factor: Float,
    rate: Float, secondCorrection: Float, beta1: Float, beta2: Float, epsilon: Float, kept: Float
  ) {
    let count = values.count
    precondition(gradient.count == count && first.count == count && second.count == count)
    var values = values.mutableSpan, first = first.mutableSpan, second = second.mutableSpan
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe first.withUnsafeMutableBufferPointer { first in
        unsafe second.withUnsafeMutableBufferPointer { second in
          unsafe gradient.span.withUnsafeBufferPointer { gradient in
            guard let values = values.baseAddress, let first = first.baseAddress, let second = second.baseAddress,
              let gradient = gradient.baseAddress
            else { return }
            unsafe flowcase_adam(
              values, gradient, first, second, count, factor, rate, secondCorrection, beta1, beta2, epsilon, kept)
          }
        }
      }
    }
  }

  private static func withRows(
    _ matrix: inout Matrix, _ region: Region, _ body: (UnsafeMutablePointer<Float>) -> Void
  ) {
    precondition(region.fits(in: matrix.count))
    var span = matrix.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { values in
      guard let values = values.baseAddress else { return }
      for row in 0..<region.rows { unsafe body(values + region.start + row * region.stride) }
    }
  }
}
