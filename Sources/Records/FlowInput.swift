/// What models see of a flow, as a case can keep it.
package struct FlowInput: Sendable, Equatable {
  package struct Packet: Sendable, Equatable {
    package var time: CaptureTime
    package var isFromOriginator: Bool
    /// IP bytes on the wire, of which `bytes` may hold only the first.
    package var ipLength: Int
    /// Where the transport header and the payload begin in `bytes`.
    package var transportOffset: Int, payloadOffset: Int
    /// From the innermost IP header on.
    package var bytes: [UInt8]

    package init(
      time: CaptureTime, isFromOriginator: Bool, ipLength: Int, transportOffset: Int, payloadOffset: Int, bytes: [UInt8]
    ) {
      (self.time, self.isFromOriginator, self.ipLength) = (time, isFromOriginator, ipLength)
      (self.transportOffset, self.payloadOffset, self.bytes) = (transportOffset, payloadOffset, bytes)
    }
  }

  /// The flow's first packets, in their order.
  package var packets: [Packet]
  /// The time-based features of the whole flow; empty where they were not kept.
  package var timeFeatures: [Double]

  package init(packets: [Packet], timeFeatures: [Double]) {
    (self.packets, self.timeFeatures) = (packets, timeFeatures)
  }
}
