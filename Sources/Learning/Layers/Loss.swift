import Foundation
package import Records

/// The two objectives: the mean over the flows of a batch, and its gradient.
package struct Loss: Sendable {
  package let kind: LossKind
  /// Cost of mistaking a flow of each class, or weight of its flows: [K].
  package let classCost: [Float]

  /// Where labels stand under classes: -ln p(y) = -ln p(class) - ln p(y | class), and the second part counts half.
  private let tree: LabelTree?
  private static let withinShare: Float = 0.5

  package init(kind: LossKind, classCost: [Float], tree: LabelTree? = nil) {
    self.kind = kind
    self.classCost = classCost
    self.tree = tree?.isFlat == false ? tree : nil
  }

  /// The loss of outputs [B, K], of which the first `labels.count` rows count; `gradient` [B, K] is set to dL/doutputs.
  ///
  /// - Parameter shares: weight of each row's loss; `nil` for the mean over the rows.
  package func evaluate(
    _ outputs: borrowing Matrix, labels: [Int], shares: [Float]? = nil, gradient: inout Matrix
  ) -> Double {
    var total = 0.0
    for (row, label) in labels.enumerated() {
      let share = shares?[row] ?? 1 / Float(labels.count)
      let value =
        kind == .costSensitive
        ? costSensitive(outputs, row, label, share: share, &gradient)
        : crossEntropy(outputs, row, label, share: share, &gradient)
      total += shares == nil ? value : Double(share) * value
    }
    return shares == nil ? total / Double(max(labels.count, 1)) : total
  }

  /// Eq. (8), summed over k as in Eq. (9): ln(1 + exp(z_k (r_k - c_k))), with c_k = 0 and z_k = 1 for the true class,
  /// the class cost and z_k = -1 for every other.
  private func costSensitive(
    _ outputs: borrowing Matrix, _ row: Int, _ label: Int, share: Float, _ gradient: inout Matrix
  ) -> Double {
    var sum = 0.0
    for k in 0..<outputs.columns {
      let z: Float = k == label ? 1 : -1
      let value = z * (outputs[row, k] - (k == label ? 0 : classCost[label]))
      sum += Double(max(value, 0) + log1p(exp(-value.magnitude)))
      gradient[row, k] = share * z / (1 + exp(-value))
    }
    return sum
  }

  /// w_y (ln sum over k of exp(r_k) - r_y).
  private func crossEntropy(
    _ outputs: borrowing Matrix, _ row: Int, _ label: Int, share: Float, _ gradient: inout Matrix
  ) -> Double {
    var largest = -Float.infinity
    for k in 0..<outputs.columns { largest = max(largest, outputs[row, k]) }
    var sum: Float = 0
    for k in 0..<outputs.columns { sum += exp(outputs[row, k] - largest) }
    let weight = classCost[label]
    if let tree {
      return nested(outputs, row, label, tree, largest: largest, sum: sum, weight: weight, share: share, &gradient)
    }
    for k in 0..<outputs.columns {
      let probability = exp(outputs[row, k] - largest) / sum
      gradient[row, k] = share * weight * (probability - (k == label ? 1 : 0))
    }
    return Double(weight * (log(sum) + largest - outputs[row, label]))
  }

  /// w_y (-ln p(c) - s ln p(y | c)) with c the class of y, p(c) the sum over its labels, and s ``withinShare``.
  private func nested(
    _ outputs: borrowing Matrix, _ row: Int, _ label: Int, _ tree: LabelTree, largest: Float, sum: Float, weight: Float,
    share: Float, _ gradient: inout Matrix
  ) -> Double {
    let place = tree.classOfLabel[label]
    var within: Float = 0
    for k in tree.members[place] { within += exp(outputs[row, k] - largest) }
    within = max(within, .leastNormalMagnitude)
    for k in 0..<outputs.columns {
      let power = exp(outputs[row, k] - largest)
      var slope = power / sum
      if tree.classOfLabel[k] == place {
        let conditional = power / within
        slope += -conditional + Self.withinShare * (conditional - (k == label ? 1 : 0))
      }
      gradient[row, k] = share * weight * slope
    }
    let ofClass = log(sum) - log(within)
    let inside = log(within) + largest - outputs[row, label]
    return Double(weight * (ofClass + Self.withinShare * inside))
  }

  /// The class costs of training data with these flows a class: mean 1 over the classes that occur; 1 for others.
  package static func classCosts(_ kind: TrainingOptions.ClassCost, counts: [Int]) -> [Float] {
    let raw = counts.map { count -> Double in
      switch kind {
      case .inverse: 1 / Double(max(count, 1))
      case .inverseSquareRoot: 1 / Double(max(count, 1)).squareRoot()
      case .uniform: 1
      }
    }
    let present = counts.indices.filter { counts[$0] > 0 }
    let mean = present.reduce(0) { $0 + raw[$1] } / Double(max(present.count, 1))
    return counts.indices.map { counts[$0] > 0 ? Float(raw[$0] / mean) : 1 }
  }
}
