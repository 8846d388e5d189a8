import Foundation
import Learning
import Testing

@Suite struct LossTests {
  @Test func `Eq. (8) by hand`() {
    let loss = Loss(kind: .costSensitive, classCost: [2, 0.5])
    let outputs = Matrix(rows: 1, columns: 2, values: [0.3, -0.2])
    var gradient = Matrix(rows: 1, columns: 2)
    let value = loss.evaluate(outputs, labels: [0], gradient: &gradient)
    #expect((value - (log1p(exp(0.3)) + log1p(exp(-(-0.2 - 2.0))))).magnitude < 1e-6)
    #expect((Double(gradient[0, 0]) - 1 / (1 + exp(-0.3))).magnitude < 1e-6)
    #expect((Double(gradient[0, 1]) + 1 / (1 + exp(-2.2))).magnitude < 1e-6)
  }

  @Test(arguments: LossKind.allCases) func `outputs of any size give finite losses`(kind: LossKind) {
    let loss = Loss(kind: kind, classCost: [1, 1, 1])
    let outputs = Matrix(rows: 1, columns: 3, values: [1e4, -1e4, 0])
    var gradient = Matrix(rows: 1, columns: 3)
    for label in 0..<3 {
      #expect(loss.evaluate(outputs, labels: [label], gradient: &gradient).isFinite)
      #expect(gradient.values.allSatisfy { $0.isFinite })
    }
  }

  @Test func `class costs have mean 1 over the classes that occur`() {
    #expect(Loss.classCosts(.uniform, counts: [5, 1, 0]) == [1, 1, 1])
    let inverse = Loss.classCosts(.inverse, counts: [30, 10, 0])
    #expect((inverse[0] - 0.5).magnitude < 1e-6 && (inverse[1] - 1.5).magnitude < 1e-6 && inverse[2] == 1)
    let root = Loss.classCosts(.inverseSquareRoot, counts: [400, 100])
    #expect((root[1] / root[0] - 2).magnitude < 1e-6 && (root[0] + root[1] - 2).magnitude < 1e-6)
  }
}
