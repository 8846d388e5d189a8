/// One end of a flow. For ICMP the port of the originator is the type and that of the responder the code,
/// as in Zeek; for protocols without ports it is 0.
package struct Endpoint: Sendable, Hashable {
  package var address: IPAddress
  package var port: UInt16
  package init(address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

/// Where a packet lies in a capture, so that it can be cut out again.
package struct PacketPosition: Sendable, Hashable, Comparable {
  /// Number of the packet in its capture, from 1, as Wireshark counts.
  package var number: Int
  /// Offset of the packet's record header in the decompressed capture, in bytes.
  package var streamOffset: Int
  /// Which capture: its node in the task that read it. Captures of one sequence share a flow table.
  package var capture: Int
  package init(number: Int, streamOffset: Int, capture: Int = 0) {
    self.number = number
    self.streamOffset = streamOffset
    self.capture = capture
  }

  /// Packets in the order in which they were read.
  package static func < (a: Self, b: Self) -> Bool { (a.capture, a.number) < (b.capture, b.number) }
}

/// Why a flow was closed.
package enum EndReason: String, Sendable, CaseIterable {
  /// No packet for the policy's idle timeout, by capture time.
  case idle
  /// The policy's longest duration of a flow was over, and packets still came.
  case active
  /// FIN seen from both ends.
  case finished
  /// A RST.
  case reset
  /// A new connection began on the tuple, by its SYN's sequence number, before this one had ended.
  case superseded
  /// The flow table was full and this flow had been quiet longest.
  case evicted
  /// The capture (or the sequence of captures) ended.
  case endOfCapture = "end_of_capture"
}

/// Packets and bytes that one end of a flow sent.
package struct DirectionCounters: Sendable, Hashable {
  package var packets = 0
  /// IP bytes: headers and payload as the IP header states them, link layer and padding not counted.
  package var ipBytes = 0
  package init(packets: Int = 0, ipBytes: Int = 0) {
    self.packets = packets
    self.ipBytes = ipBytes
  }
}

/// One bidirectional flow: what the case database keeps of it, apart from its label.
package struct FlowRecord: Sendable, Equatable {
  /// Capture time of the earliest and latest packet.
  package var start: CaptureTime, end: CaptureTime
  package var proto: IPProtocol
  /// Who began, by what the packets say, and who was addressed.
  package var originator: Endpoint, responder: Endpoint
  /// VLAN ids from the outside in, joined by commas; `nil` where the frame carried no tag.
  package var vlan: String?
  /// The chain of tunnels the flow was found in, from the outside in; `nil` outside any.
  package var tunnel: String?
  /// Whether the recording stood inside a tunnel; `nil` where nothing shows that.
  package var vantage: Vantage?
  package var sent = DirectionCounters(), answered = DirectionCounters()
  package var endReason: EndReason
  /// Zeek's connection state (`SF`, `S0`, `REJ`, ...) for TCP, and for others `S0` or `SF` by who spoke.
  package var connState: String?
  /// Zeek's history: a letter for each first event, upper case from the originator; `^` first where the ends were turned.
  package var history: String?
  /// The name the originator asked for: TLS SNI, HTTP host or DNS query, where seen. Lower case, without port and final dot; as it
  /// stood on the wire where that differs: `FlowMetadata.serverNameRaw`.
  package var serverName: String?
  /// What the flow is, as its content tells; `nil` where it tells nothing, or more than one thing.
  package var service: Service?
  /// What else the two ends said of themselves; `nil` for nothing.
  package var metadata: FlowMetadata? {
    get { boxedMetadata?.value }
    set { boxedMetadata = newValue.map { Box(value: $0) } }
  }
  /// Apart from the record, which many flows without any of it are open of at once.
  private var boxedMetadata: Box?
  /// Community ID version 1, seed 0, such as `1:LQU9qZlK+B5F3KDmev6m5PMibrg=`.
  package var communityID: String?
  /// First and last packet of the flow. They may lie in different captures of one sequence.
  package var firstPacket: PacketPosition, lastPacket: PacketPosition

  package init(
    start: CaptureTime, end: CaptureTime, proto: IPProtocol, originator: Endpoint, responder: Endpoint,
    endReason: EndReason, firstPacket: PacketPosition, lastPacket: PacketPosition
  ) {
    self.start = start
    self.end = end
    self.proto = proto
    self.originator = originator
    self.responder = responder
    self.endReason = endReason
    self.firstPacket = firstPacket
    self.lastPacket = lastPacket
  }

  private final class Box: Sendable, Equatable {
    let value: FlowMetadata
    init(value: FlowMetadata) { self.value = value }
    static func == (a: Box, b: Box) -> Bool { a.value == b.value }
  }
}
