import Learning
import Testing

@Suite struct ProductTests {
  /// Every sum is one chain of fused multiply-adds from the bias on, which `addingProduct` repeats exactly.
  @Test func `bit for bit the chain it is said to be, on all odd sizes`() {
    var generator = SeededGenerator(seed: 12)
    for (rows, inputs, outputs) in [(1, 1, 1), (5, 3, 15), (6, 17, 16), (7, 40, 33), (13, 9, 100), (25, 131, 5)] {
      func drawn(_ count: Int) -> [Float] { (0..<count).map { _ in generator.unit() * 2 - 1 } }
      let block = Matrix(rows: 1, columns: (inputs + 1) * outputs, values: drawn((inputs + 1) * outputs))
      let weight = Region(start: 0, rows: outputs, columns: inputs, stride: inputs)
      let bias = Region(start: inputs * outputs, rows: 1, columns: outputs, stride: outputs)
      let packed = PackedWeight(block, weight: weight, bias: bias)
      var x = Matrix(rows: rows, columns: inputs, values: drawn(rows * inputs))
      let used = inputs - inputs / 4
      for row in 0..<rows { for column in used..<inputs { x[row, column] = 0 } }
      // Zeros of both signs, in some columns in all rows, in others in some.
      for column in 0..<inputs where column % 3 > 0 {
        for row in 0..<rows where column % 3 == 1 || generator.unit() < 0.5 { x[row, column] = row % 2 == 0 ? 0 : -0.0 }
      }
      var y = Matrix(rows: rows, columns: outputs), sparse = Matrix(rows: rows, columns: outputs)
      Kernels.product(x, x.region, packed, into: &y, y.region)
      Kernels.product(x, x.region, used: used, packed, into: &sparse, sparse.region)
      for row in 0..<rows {
        for output in 0..<outputs {
          var sum = block[0, inputs * outputs + output]
          for input in 0..<inputs { sum.addProduct(x[row, input], block[0, output * inputs + input]) }
          #expect(y[row, output].bitPattern == sum.bitPattern)
          #expect(sparse[row, output].bitPattern == sum.bitPattern)
        }
      }
    }
  }

  /// What is left out is not multiplied: beside an infinite weight it would show.
  @Test func `inputs that are 0 in a whole tile are left out, and no others`() {
    let rows = 13, inputs = 19
    for dead in 0..<inputs {
      var values = [Float](repeating: 1, count: rows * inputs), weights = [Float](repeating: 2, count: inputs)
      for row in 0..<rows { values[row * inputs + dead] = row % 2 == 0 ? 0 : -0.0 }
      // In the second tile of six rows the input is there once.
      values[8 * inputs + dead] = 1
      weights[dead] = .infinity
      let block = Matrix(rows: 1, columns: inputs, values: weights)
      let packed = PackedWeight(block, weight: Region(start: 0, rows: 1, columns: inputs, stride: inputs), bias: nil)
      let x = Matrix(rows: rows, columns: inputs, values: values)
      var y = Matrix(rows: rows, columns: 1)
      Kernels.product(x, x.region, used: inputs, packed, into: &y, y.region)
      for row in 0..<rows {
        #expect((6..<12).contains(row) ? !y[row, 0].isFinite : y[row, 0] == Float(2 * (inputs - 1)))
      }
    }
  }

  @Test func `inputs can be taken in another order`() {
    let block = Matrix(rows: 1, columns: 3, values: [1, 10, 100])
    let weight = Region(start: 0, rows: 1, columns: 3, stride: 3)
    let packed = PackedWeight(block, weight: weight, bias: nil, order: [2, 0, 1])
    let x = Matrix(rows: 1, columns: 3, values: [3, 1, 2])
    var y = Matrix(rows: 1, columns: 1)
    Kernels.product(x, x.region, packed, into: &y, y.region)
    #expect(y[0, 0] == 321)
  }
}
