import Foundation
import Learning

/// `han`, `cnn-1d`, `deep-packet` and `cnn-lstm` of inference as plain loops in double precision: what the fast paths are compared with.
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

  /// A convolution without zeros around, and ReLU.
  private func convolve(_ index: Int, _ x: [[Double]], _ kernel: Int, _ step: Int) -> [[Double]] {
    let weight = tensor("convolution.\(index).weight"), bias = tensor("convolution.\(index).bias")
    return stride(from: 0, through: x.count - kernel, by: step).map { start in
      let window = x[start..<start + kernel].flatMap { $0 }
      return affine(weight, bias, window).map { max(0, $0) }
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

  /// - Parameter packets: M values of each packet.
  func deepPacket(_ packets: [[Double]], sign: Double) -> [Double] {
    guard case .deepPacket(let size) = shape else { return [] }
    var sums = [Double](repeating: 0, count: tensor("output.bias").count)
    for packet in packets {
      let first = convolve(0, packet.map { [$0] }, size.firstKernel, size.firstStride)
      var x = pool(convolve(1, first, size.secondKernel, size.secondStride), size.pool).flatMap { $0 }
      for name in ["dense.0", "dense.1"] {
        x = affine(tensor("\(name).weight"), tensor("\(name).bias"), x).map { max(0, $0) }
      }
      let outputs = head(x).map { sign * $0 }
      let sum = outputs.reduce(0) { $0 + exp($1) }
      for k in sums.indices { sums[k] += sign * (outputs[k] - log(sum)) }
    }
    return sums.map { $0 / Double(max(1, packets.count)) }
  }

  /// - Parameter packets: bytes of each packet the model sees, each byte as the values of its encoding, and its channels.
  func cnnLSTM(_ packets: [(bytes: [[Double]], channels: [Double])]) -> (outputs: [Double], attention: [Double]) {
    guard case .cnnLSTM(let size) = shape else { return ([], []) }
    let weight = tensor("convolution.weight"), bias = tensor("convolution.bias")
    let vectors = packets.map { packet in
      let padded =
        packet.bytes
        + packet.bytes.prefix(1).flatMap { byte in
          [[Double]](repeating: byte.map { _ in 0 }, count: size.kernel - 1)
        }
      let found = packet.bytes.indices.reduce([Double](repeating: 0, count: size.filters)) { best, place in
        zip(best, affine(weight, bias, padded[place..<place + size.kernel].flatMap { $0 })).map { max($0, $1) }
      }
      return found + packet.channels
    }
    let (context, attention) = level("packets", "attention", size.units, vectors)
    return (head(context), attention)
  }
}
