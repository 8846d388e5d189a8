package import Records
import Traffic

/// Bytes of a packet that follow each other in one field.
package struct FieldSpan: Sendable, Equatable {
  package var field: HeaderField
  package var range: Range<Int>
}

/// Cuts the kept bytes of a packet into header fields and payload. A total function: what a packet claims decides only
/// where one field ends and the next begins.
struct FieldMap {
  private(set) var spans: [FieldSpan] = []
  private let end: Int

  /// The spans lie in order, without gaps, and cover the kept bytes, counted from the IP header.
  init(_ packet: KeptPacket, in flow: borrowing ObservedFlow) {
    let kept = packet.byteRange.clamped(to: 0..<flow.bytes.count)
    end = kept.count
    guard end > 0 else { return }
    let version = flow.bytes[kept.lowerBound] >> 4
    append(HeaderLayout.network(version: version))
    append(HeaderLayout.networkRest(version: version), to: packet.transportOffset)
    let transport = HeaderLayout.transport(flow.record.proto), start = place
    append(transport.fixed, from: start, to: packet.payloadOffset)
    append(transport.rest, to: packet.payloadOffset)
    appendApplication(flow.bytes[kept.lowerBound + place..<kept.upperBound], flow.record)
    append(.payload, to: end)
  }

  /// The first byte that has no field yet.
  private var place: Int { spans.last?.range.upperBound ?? 0 }

  private mutating func append(_ field: HeaderField, to claimed: Int) {
    let start = place
    let bound = min(claimed, end)
    guard bound > start else { return }
    if spans.last?.field == field {
      spans[spans.count - 1].range = spans[spans.count - 1].range.lowerBound..<bound
    } else {
      spans.append(FieldSpan(field: field, range: start..<bound))
    }
  }

  /// - Parameters:
  ///   - start: where the header begins, at most `end`. - claimed: where it ends, its fields cut to that.
  private mutating func append(_ entries: [HeaderLayout.Entry], from start: Int = 0, to claimed: Int = .max) {
    for entry in entries { append(entry.field, to: min(claimed, start + entry.range.upperBound)) }
  }

  /// Headers of the application layer at the start of the payload, as far as its bytes or its ports tell of one.
  private mutating func appendApplication(_ payload: ArraySlice<UInt8>, _ record: FlowRecord) {
    let start = place
    switch record.proto {
    case .tcp:
      for header in ApplicationHeaders.tlsRecords(payload) {
        append(.payload, to: start + header.lowerBound)
        append(.tlsRecord, to: start + header.upperBound)
      }
    case .udp:
      if ApplicationHeaders.isDNS(record) {
        append(.dnsHeader, to: start + 12)
      } else {
        append(.quicHeader, to: start + ApplicationHeaders.quicLongHeaderLength(payload))
      }
    default: return
    }
  }
}
