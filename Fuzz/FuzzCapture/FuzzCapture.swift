import Learning
import Records
import Traffic

/// A capture of any bytes is read to its end, in chunks whose size the first byte decides, its ledger adds up, and each byte
/// that a model sees of its packets is in one header field or the payload.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCapture(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  let chunk = max(1, Int(bytes.first ?? 0) * 7)
  let content = Array(bytes.dropFirst())
  var tracker = CaptureTracker(policy: FlowPolicy(.flowcase), plan: KeepPlan(packets: 10, bytesPerPacket: 96))
  for start in stride(from: 0, to: content.count, by: chunk) {
    tracker.append(Array(content[start..<min(start + chunk, content.count)]))
  }
  tracker.finish()
  var contract = InputContract(packets: 10, bytesPerPacket: 64)
  contract.maskedFields = Set(InputContract.MaskedField.allCases)
  let encoder = PacketEncoder(contract)
  while case let flows = tracker.takeRemaining(16), !flows.isEmpty {
    for flow in flows {
      _ = encoder.encode(flow)
      for packet in flow.packets {
        let end = encoder.visibleFields(of: packet, in: flow).reduce(0) {
          $1.range.lowerBound == $0 ? $1.range.upperBound : -1
        }
        precondition(end == encoder.visibleByteCount(packet, in: flow), "a byte has no field, or two")
      }
    }
  }
  precondition(tracker.ledger.addsUp, "a packet is in no column of the ledger")
  precondition(tracker.bytesRead + tracker.bytesLost == content.count, "a byte was neither read nor counted as lost")
  precondition(tracker.problems.reduce(0) { $0 + $1.bytesLost } == tracker.bytesLost, "bytes were lost without a row")
  return 0
}
