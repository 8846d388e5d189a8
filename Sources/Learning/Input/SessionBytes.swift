package import Traffic

extension PacketEncoder {
  /// The visible bytes of a flow's packets, one packet after the other.
  ///
  /// - Parameters:
  ///   - limit: bytes at the most. - buffer: at least M bytes to work in.
  package func sessionBytes(of flow: borrowing ObservedFlow, limit: Int, _ buffer: inout [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for index in 0..<min(contract.packets, flow.packets.count) where result.count < limit {
      let count = copyVisibleBytes(of: flow.packets[index], in: flow, to: &buffer)
      result += buffer[..<min(count, limit - result.count)]
    }
    return result
  }
}
