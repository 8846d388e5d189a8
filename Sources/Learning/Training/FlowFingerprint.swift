import Evidence
import Records
package import Traffic

/// What a model with a contract sees of a flow, as bytes: two flows with equal ones are one flow to it.
package struct FlowFingerprint {
  private let encoder: PacketEncoder
  private let features: FlowFeatures?
  private var buffer: [UInt8]

  package init(_ contract: InputContract) {
    encoder = PacketEncoder(contract)
    features = FlowFeatures(contract)
    buffer = [UInt8](repeating: 0, count: contract.bytesPerPacket)
  }

  package mutating func bytes(of flow: ObservedFlow) -> [UInt8] {
    guard let features else { return encodedBytes(of: flow) }
    return features.values(of: flow).flatMap(Self.bytes)
  }

  /// The first 64 bits of the fingerprint's SHA-256, as 16 hexadecimal digits: what a model file keeps of each flow it was
  /// trained on. Among 65,536 flows, two different ones have the same with a chance of 1 in 10^10.
  package mutating func digest(of flow: ObservedFlow) -> String {
    String((Digest.sha256(bytes(of: flow))?.description ?? "").prefix(16))
  }

  /// Zeros at the end of a packet are left out, because the input cannot tell them from absent bytes.
  private mutating func encodedBytes(of flow: ObservedFlow) -> [UInt8] {
    var result: [UInt8] = []
    for index in 0..<min(encoder.contract.packets, flow.packets.count) {
      var count = encoder.copyVisibleBytes(of: flow.packets[index], in: flow, to: &buffer)
      while count > 0, buffer[count - 1] == 0 { count -= 1 }
      result += [UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)] + buffer[..<count]
      encoder.forEachChannelValue(ofPacket: index, in: flow) { result += Self.bytes($1) }
    }
    return result
  }

  private static func bytes(_ value: Float) -> [UInt8] {
    stride(from: 0, to: 32, by: 8).map { UInt8(truncatingIfNeeded: value.bitPattern >> $0) }
  }
}
