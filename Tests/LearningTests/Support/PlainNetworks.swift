import Foundation
import Learning

/// `han` and `cnn-1d` of inference as plain loops in double precision: what the fast paths are compared with.
struct PlainNetwork {
  let shape: NetworkShape
  let tensors: [String: [Double]]

  init(_ model: FrozenModel) {
    shape = model.description.shape
    tensors = model.tensors.mapValues { $0.values.map { Double($0) } }
  }

  private func tensor(_ name: String) -> [Double] { tensors[name] ?? [] }

  private func affine(_ weight: [Double], _ bias: [Double], _ x: [Double]) -> [Double] {
    bias.indices.map { row in x.indices.reduce(bias[row]) { $0 + weight[row * x.count + $1] * x[$1] } }
  }

  private func lstm(_ name: String, _ units: Int, _ steps: [[Double]]) -> [[Double]] {
    var h = [Double](repeating: 0, count: units), c = h
    return steps.map { x in
      let zeros = [Double](repeating: 0, count: 4 * units)
      let gates = zip(
        affine(tensor("\(name).weight_input"), tensor("\(name).bias"), x),
        affine(tensor("\(name).weight_hidden"), zeros, h)
      ).map { $0 + $1 }
      func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
      for j in 0..<units {
        c[j] = sigmoid(gates[units + j]) * c[j] + sigmoid(gates[j]) * tanh(gates[2 * units + j])
        h[j] = sigmoid(gates[3 * units + j]) * tanh(c[j])
      }
      return h
    }
  }

  /// Eq. (1)-(7) over any steps.
  private func level(_ name: String, _ attention: String, _ units: Int, _ steps: [[Double]]) -> ([Double], [Double]) {
    let forward = lstm("\(name).forward", units, steps)
    let backward = Array(lstm("\(name).backward", units, steps.reversed()).reversed())
    let h = zip(forward, backward).map { $0 + $1 }
    let scores = h.map { row in
      zip(
        affine(tensor("\(attention).weight"), tensor("\(attention).bias"), row).map { tanh($0) },
        tensor("\(attention).context")
      ).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let powers = scores.map { exp($0 - (scores.max() ?? 0)) }
    let shares = powers.map { $0 / powers.reduce(0, +) }
    var context = [Double](repeating: 0, count: 2 * units)
    for (share, row) in zip(shares, h) { for j in context.indices { context[j] += share * row[j] } }
    return (context, shares)
  }

  private func head(_ x: [Double]) -> [Double] {
    affine(
      tensor("output.weight"), tensor("output.bias"),
      affine(tensor("hidden.weight"), tensor("hidden.bias"), x).map { max(0, $0) })
  }

  /// - Parameter packets: bytes of each packet the model sees, each byte as the values of its encoding.
  /// - Returns: also the weights of each packet's bytes.
  func han(_ packets: [[[Double]]]) -> (outputs: [Double], attention: [Double], bytes: [[Double]]) {
    guard case .han(let size) = shape else { return ([], [], []) }
    let read = packets.map { level("bytes", "byte_attention", size.units, $0) }
    let (context, attention) = level("packets", "attention", size.units, read.map { $0.0 })
    return (head(context), attention, read.map { $0.1 })
  }

  private func convolve(_ index: Int, _ x: [[Double]], _ kernel: Int) -> [[Double]] {
    let weight = tensor("convolution.\(index).weight"), bias = tensor("convolution.\(index).bias")
    let channels = x.first?.count ?? 0
    return x.indices.map { place in
      bias.indices.map { filter in
        var sum = bias[filter]
        for k in 0..<kernel {
          let source = place + k - (kernel - 1) / 2
          guard x.indices.contains(source) else { continue }
          for c in 0..<channels { sum += weight[(filter * kernel + k) * channels + c] * x[source][c] }
        }
        return max(0, sum)
      }
    }
  }

  private func pool(_ x: [[Double]], _ size: Int) -> [[Double]] {
    stride(from: 0, to: x.count, by: size).map { start in
      x[start..<min(start + size, x.count)].reduce(x[start]) { zip($0, $1).map { max($0, $1) } }
    }
  }

  /// - Parameter session: L values.
  func cnn1D(_ session: [Double]) -> [Double] {
    guard case .cnn1D(let size) = shape else { return [] }
    let first = pool(convolve(0, session.map { [$0] }, size.kernel), size.pool)
    return head(pool(convolve(1, first, size.kernel), size.pool).flatMap { $0 })
  }
}
