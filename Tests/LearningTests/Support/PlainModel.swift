import Foundation
import Learning

/// The attention LSTM of inference as plain loops in double precision, equation by equation: what the fast paths are
/// compared with.
struct PlainModel {
  let dimensions: Dimensions
  var tensors: [String: [Double]]

  init(_ model: FrozenModel) {
    if case .attentionLSTM(let size) = model.description.shape { dimensions = size } else { dimensions = Dimensions() }
    tensors = model.tensors.mapValues { $0.values.map { Double($0) } }
  }

  private func tensor(_ name: String) -> [Double] { tensors[name] ?? [] }

  /// weight [outputs, inputs] x + bias.
  private func affine(_ weight: [Double], _ bias: [Double], _ x: [Double]) -> [Double] {
    bias.indices.map { row in
      x.indices.reduce(bias[row]) { $0 + weight[row * x.count + $1] * x[$1] }
    }
  }

  /// Eq. (1)-(4) along `packets`.
  private func read(_ direction: String, _ packets: [[Double]]) -> [[Double]] {
    let size = dimensions.units
    var h = [Double](repeating: 0, count: size), c = h
    return packets.map { x in
      let fromInput = affine(
        tensor("packets.\(direction).weight_input"), tensor("packets.\(direction).bias"), x)
      let zeros = [Double](repeating: 0, count: 4 * size)
      let fromState = affine(tensor("packets.\(direction).weight_hidden"), zeros, h)
      let gates = zip(fromInput, fromState).map { $0 + $1 }
      func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
      for j in 0..<size {
        c[j] = sigmoid(gates[size + j]) * c[j] + sigmoid(gates[j]) * tanh(gates[2 * size + j])
        h[j] = sigmoid(gates[3 * size + j]) * tanh(c[j])
      }
      return h
    }
  }

  /// Outputs r [K] and the attention of one flow.
  /// - Parameters:
  ///   - packets: real packets [n, D].
  ///   - offsets: what to add to the weights of soft attention, in the place of the kind's own weights.
  func run(_ packets: [[Float]], offsets: [Double]? = nil) -> (outputs: [Double], attention: [Double]) {
    let x = packets.map { $0.map { Double($0) } }
    let forward = read("forward", x), backward = Array(read("backward", x.reversed()).reversed())
    let h = zip(forward, backward).map { $0 + $1 }
    let context = tensor("attention.context")
    let scores = h.map { row in
      zip(affine(tensor("attention.weight"), tensor("attention.bias"), row).map { tanh($0) }, context)
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    let largest = scores.max() ?? 0, centre = scores.firstIndex(of: largest) ?? 0
    let powers = scores.enumerated().map { step, score -> Double in
      switch dimensions.attentionKind {
      case .local(let window) where (step - centre).magnitude > window: return 0
      case .hard where offsets == nil && step != centre: return 0
      default: return exp(score - largest)
      }
    }
    let sum = powers.reduce(0, +)
    let attention = powers.indices.map { powers[$0] / sum + (offsets?[$0] ?? 0) }
    var c = [Double](repeating: 0, count: 2 * dimensions.units)
    for (share, row) in zip(attention, h) { for j in c.indices { c[j] += share * row[j] } }
    let dense = affine(tensor("hidden.weight"), tensor("hidden.bias"), c).map { max(0, $0) }
    return (affine(tensor("output.weight"), tensor("output.bias"), dense), attention)
  }
}
