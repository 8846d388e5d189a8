/// Which packet, in eight bytes: the capture's node in its task, and the packet's number in the capture, from 1.
package struct PacketNumber: Sendable, Hashable, Comparable {
  private let value: UInt64

  /// Captures of a task, and packets of a capture, beyond what can be told apart are set to the last that can.
  package init(capture: Int, number: Int) {
    value =
      UInt64(clamping: min(max(capture, 0), 1 << 24 - 1)) << 40 | UInt64(clamping: min(max(number, 0), 1 << 40 - 1))
  }

  package var capture: Int { Int(value >> 40) }
  package var number: Int { Int(value & (1 << 40 - 1)) }

  /// Packets in the order in which they were read.
  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}
