import Foundation
import Learning
import Testing

@Suite struct ActivationTests {
  private static let arguments: [Float] =
    (-20_000...20_000).map { Float($0) * 0.0021 } + [0, -0.0, 1e-30, 88, -87, 1e30]

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

  /// The operations of `activations.c` one after the other, on one value at a time. Equal bits mean that the compiler
  /// neither contracted nor reordered them for the vectors of this CPU.
  private enum OneByOne {
    static func exponential(_ argument: Float) -> Float {
      let shift: Float = 12_582_912
      let x = min(max(argument, -87), 88)
      let shifted = x * 1.44269504 + shift
      let k = shifted - shift
      let r = (x - k * 0.693359375) - k * -2.12194440e-4
      var p: Float = 1 / 5040
      for coefficient in [1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5] as [Float] { p = p * r + coefficient }
      p = (p * (r * r) + r) + 1
      return p * Float(bitPattern: (shifted.bitPattern &+ 127) << 23)
    }

    static func tanh(_ x: Float) -> Float {
      let z = x * x
      var p: Float = -5.704968e-3
      for coefficient in [2.063907e-2, -5.3739708e-2, 1.3331442e-1, -3.333328e-1] as [Float] { p = p * z + coefficient }
      if x.magnitude < 0.625 { return x + x * (z * p) }
      return Float(signOf: x, magnitudeOf: 1 - 2 / (exponential(2 * x.magnitude) + 1))
    }
  }

  @Test func `the vector loops do what the formulas say, to the bit`() {
    #expect(
      apply(Kernels.exponentiate).map(\.bitPattern) == Self.arguments.map { OneByOne.exponential($0).bitPattern })
    #expect(apply(Kernels.squash).map(\.bitPattern) == Self.arguments.map { OneByOne.tanh($0).bitPattern })
    #expect(
      apply(Kernels.sigmoid).map(\.bitPattern)
        == Self.arguments.map { (1 / (1 + OneByOne.exponential(-$0))).bitPattern })
  }
}
