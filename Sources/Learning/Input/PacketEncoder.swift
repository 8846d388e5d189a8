import Foundation
import Records
package import Traffic

/// Turns kept packets into the values an ``InputContract`` asks for.
///
/// A total function: whatever offsets a packet claims, only bytes that were kept are read, and what is missing is 0.
package struct PacketEncoder: Sendable, Equatable {
  package let contract: InputContract
  /// Logarithm of the gap, in microseconds, from which on the gap channel is 1.
  private static let fullGap = log1p(1e8)

  private let mask: FieldMask

  package init(_ contract: InputContract) {
    self.contract = contract
    mask = FieldMask(contract.maskedFields)
  }

  /// Packets of a flow that the model sees; in `zero` padding the absent ones count too.
  package func packetCount(of flow: borrowing ObservedFlow) -> Int {
    contract.padding == .zero ? contract.packets : min(contract.packets, flow.packets.count)
  }

  /// How many bytes of a packet the model sees, 0...M.
  package func visibleByteCount(_ packet: KeptPacket, in flow: borrowing ObservedFlow) -> Int {
    let view = PacketView(packet, in: flow, scope: contract.scope)
    return min(contract.bytesPerPacket, view.count)
  }

  /// Copies the bytes the model sees, masked, to the front of `buffer`.
  ///
  /// - Parameter buffer: at least M bytes; only the first `result` are written.
  /// - Returns: the number of bytes, as ``visibleByteCount(_:in:)`` says it.
  package func copyVisibleBytes(
    of packet: KeptPacket, in flow: borrowing ObservedFlow, to buffer: inout [UInt8]
  ) -> Int {
    let view = PacketView(packet, in: flow, scope: contract.scope)
    let count = min(contract.bytesPerPacket, view.count)
    let beforeGap = min(count, view.deleted.lowerBound)
    for index in 0..<beforeGap { buffer[index] = flow.bytes[view.start + index] }
    let shift = view.start + view.deleted.count
    for index in beforeGap..<count { buffer[index] = flow.bytes[shift + index] }
    if contract.scope == .all {
      mask.forEachRange(of: packet, in: flow) { range in
        for index in view.visible(range).clamped(to: 0..<count) { buffer[index] = 0 }
      }
    }
    return count
  }

  /// What the bytes that ``copyVisibleBytes(of:in:to:)`` copies are: spans in order, without gaps, masked fields too.
  package func visibleFields(of packet: KeptPacket, in flow: borrowing ObservedFlow) -> [FieldSpan] {
    let view = PacketView(packet, in: flow, scope: contract.scope)
    let count = min(contract.bytesPerPacket, view.count)
    return FieldMap(packet, in: flow).spans.compactMap { span in
      let range = view.visible(span.range).clamped(to: 0..<count)
      return range.isEmpty ? nil : FieldSpan(field: span.field, range: range)
    }
  }

  /// Hands out the values of all channels for packet `index` of a flow, with their places, 0 to the last.
  package func forEachChannelValue(
    ofPacket index: Int, in flow: borrowing ObservedFlow, _ body: (_ place: Int, _ value: Float) -> Void
  ) {
    let packet = flow.packets[index]
    let direction: Float = packet.isFromOriginator ? 1 : -1
    var place = 0
    func write(_ value: Float) {
      body(place, value)
      place += 1
    }
    for channel in contract.channels {
      switch channel {
      case .direction: write(direction)
      case .length: write(Float(min(max(packet.ipLength, 0), 3000)) / 1500)
      case .gap: write(gapMicroseconds(before: index, in: flow).map { Float(min(1, log1p($0) / Self.fullGap)) } ?? 0)
      case .lengthSteps: for step in ChannelSteps.lengths { write(packet.ipLength >= step ? direction : 0) }
      case .gapSteps:
        let gap = gapMicroseconds(before: index, in: flow) ?? -1
        for step in ChannelSteps.gapsMicroseconds { write(gap >= step ? 1 : 0) }
      }
    }
  }

  /// Time since the packet before, at least 0; `nil` for the first packet.
  private func gapMicroseconds(before index: Int, in flow: borrowing ObservedFlow) -> Double? {
    guard index > 0 else { return nil }
    let before = flow.packets[index - 1].time.nanoseconds, now = flow.packets[index].time.nanoseconds
    let (gap, overflows) = now.subtractingReportingOverflow(before)
    if overflows { return now > before ? .infinity : 0 }
    return Double(max(gap, 0)) / 1000
  }

  /// The N x D block of a flow, packet after packet; rows of absent packets are zeros.
  package func encode(_ flow: borrowing ObservedFlow) -> [Float] {
    let width = contract.valuesPerPacket
    var values = [Float](repeating: 0, count: contract.packets * width)
    var buffer = [UInt8](repeating: 0, count: contract.bytesPerPacket)
    for index in 0..<min(contract.packets, flow.packets.count) {
      let count = copyVisibleBytes(of: flow.packets[index], in: flow, to: &buffer)
      for (place, byte) in buffer[..<count].enumerated() {
        switch contract.encoding {
        case .scaled: values[index * width + place] = Float(byte) / 255
        case .bits:
          for bit in 0..<8 { values[index * width + place * 8 + bit] = Float(byte >> (7 - bit) & 1) }
        }
      }
      forEachChannelValue(ofPacket: index, in: flow) { values[index * width + contract.byteValues + $0] = $1 }
    }
    return values
  }
}

/// Where the bytes of a packet lie that its model may see.
struct PacketView {
  /// First byte in `ObservedFlow.bytes`.
  let start: Int
  /// Bytes left out, counted from `start`: the addresses.
  let deleted: Range<Int>
  /// Bytes that remain.
  let count: Int
  /// Bytes left out before `start`: the headers, where the payload alone is seen.
  private let skipped: Int

  init(_ packet: KeptPacket, in flow: borrowing ObservedFlow, scope: InputContract.Scope) {
    let kept = packet.byteRange.clamped(to: 0..<flow.bytes.count)
    guard scope == .all else {
      skipped = min(max(packet.payloadOffset, 0), kept.count)
      (start, deleted, count) = (kept.lowerBound + skipped, kept.count..<kept.count, kept.count - skipped)
      return
    }
    let version = kept.isEmpty ? 0 : flow.bytes[kept.lowerBound] >> 4
    let addresses = version == 4 ? 12..<20 : version == 6 ? 8..<40 : kept.count..<kept.count
    (start, skipped) = (kept.lowerBound, 0)
    deleted = addresses.clamped(to: 0..<kept.count)
    count = kept.count - deleted.count
  }

  /// Where a range of the packet's bytes ends up once the addresses, or the headers, are gone.
  func visible(_ range: Range<Int>) -> Range<Int> {
    func moved(_ place: Int) -> Int {
      let place = max(0, place - skipped)
      return place < deleted.upperBound ? min(place, deleted.lowerBound) : place - deleted.count
    }
    return moved(range.lowerBound)..<moved(range.upperBound)
  }
}
