package import Records

/// A packet as it lies in its capture.
package struct CutPacket: Sendable, Equatable {
  /// From 1.
  package var number: Int
  package var time: CaptureTime
  package var interface: CaptureInterface
  /// The captured bytes, from the link layer on, without a frame check sequence.
  package var bytes: [UInt8]
  package var originalLength: Int

  package init(
    number: Int, time: CaptureTime, interface: CaptureInterface, bytes: [UInt8], originalLength: Int
  ) {
    (self.number, self.time, self.interface) = (number, time, interface)
    (self.bytes, self.originalLength) = (bytes, originalLength)
  }
}

/// Cuts single packets out of a capture as its bytes arrive.
package struct PacketCutter {
  private var reader = CaptureReader()
  /// Numbers of the packets wanted, ascending.
  private let wanted: [Int]
  private var next = 0
  private var count = 0

  /// - Parameter numbers: those of the packets wanted, ascending, each once.
  package init(_ numbers: [Int]) { wanted = numbers }

  /// How many of the packets wanted have not come.
  package var missing: Int { wanted.count - next }

  /// Reads the next chunk of the capture and hands over the packets wanted that are in it.
  package mutating func append(_ chunk: [UInt8], _ take: (CutPacket) throws -> Void) rethrows {
    reader.append(chunk)
    try read(take)
  }

  /// Reads what is left when the capture has ended.
  package mutating func finish(_ take: (CutPacket) throws -> Void) rethrows {
    reader.endOfStream()
    try read(take)
  }

  private mutating func read(_ take: (CutPacket) throws -> Void) rethrows {
    let buffer = reader.buffer
    let bytes = unsafe buffer.span.bytes
    while true {
      switch reader.next(bytes) {
      case .packet(let packet):
        count += 1
        guard next < wanted.count, wanted[next] == count else { continue }
        next += 1
        let interfaces = reader.interfaces
        let index = Int(packet.interface)
        try take(
          CutPacket(
            number: count, time: packet.time,
            interface: interfaces.indices.contains(index)
              ? interfaces[index] : CaptureInterface(linkType: packet.linkType),
            bytes: Array(buffer[packet.start..<packet.start + packet.capturedLength]),
            originalLength: packet.originalLength))
      case .skipped, .damage: continue
      case .needsMore:
        _ = reader.takeNotes()
        return
      }
    }
  }
}
