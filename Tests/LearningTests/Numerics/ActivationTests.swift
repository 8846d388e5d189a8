import Foundation
import Learning
import Testing

@Suite struct ActivationTests {
  private static let arguments: [Float] = (-20_000...20_000).map { Float($0) * 0.0021 } + [0, -0.0, 1e-30, 88, -87, 1e30]

  /// Error in units of the last place of the true value.
  private func error(_ value: Float, _ truth: Double) -> Double {
    (Double(value) - truth).magnitude / Double(Float(truth).ulp)
  }

  private func apply(_ body: (inout Matrix, Region) -> Void) -> [Float] {
    var row = Matrix(rows: 1, columns: Self.arguments.count, values: Self.arguments)
    body(&row, row.region)
    return row.values
  }

  @Test func `tanh is right to a few units of the last place`() {
    let worst = zip(Self.arguments, apply(Kernels.squash)).map { error($1, tanh(Double($0))) }.max() ?? 0
    #expect(worst < 4)
  }

  @Test func `sigmoid is right to a few units of the last place, or to 1e-37`() {
    for (x, value) in zip(Self.arguments, apply(Kernels.sigmoid)) {
      let truth = 1 / (1 + exp(-Double(x)))
      #expect(error(value, truth) < 4 || (Double(value) - truth).magnitude < 1e-37, "x = \(x)")
    }
  }

  @Test func `exp is right to two units of the last place where it does not saturate`() {
    for (x, value) in zip(Self.arguments, apply(Kernels.exponentiate)) where x >= -87 && x <= 88 {
      #expect(error(value, exp(Double(x))) < 3, "x = \(x)")
    }
  }

  @Test func `a value does not depend on its place or on how many there are`() {
    let all = apply(Kernels.squash)
    for count in 1...40 {
      var row = Matrix(rows: 1, columns: count, values: Array(Self.arguments[19_000..<19_000 + count]))
      Kernels.squash(&row, row.region)
      #expect(row.values.map(\.bitPattern) == all[19_000..<19_000 + count].map(\.bitPattern))
    }
  }
}
