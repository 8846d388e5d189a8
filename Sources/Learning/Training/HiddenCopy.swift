import Records
import Traffic

/// A training flow as evidence from elsewhere might show it: without what tells hosts apart, without payload, times, or names.
///
/// Boosted trees that see each flow a second time in this way learn what to go by when the first sight is of no use.
enum HiddenCopy {
  /// Chances that the host's fields (time to live, window, options), the payload, the times and the names are hidden.
  private static let host: Float = 0.7, payload: Float = 0.2, times: Float = 0.4, names: Float = 0.5
  /// Chance that the names are hidden in the flow itself.
  private static let namesOfOriginal: Float = 0.3

  /// The flow as it is to be learned from first: at times without its names.
  static func original(_ flow: ObservedFlow, _ generator: inout SeededGenerator) -> ObservedFlow {
    var flow = flow
    if generator.unit() < namesOfOriginal { flow.hideNames() }
    return flow
  }

  /// The flow with fields hidden by chance. Every draw is made whatever came of the others: one order of the sequence for all flows.
  static func copy(_ flow: ObservedFlow, _ generator: inout SeededGenerator) -> ObservedFlow {
    let draws = (host: generator.unit(), payload: generator.unit(), times: generator.unit(), names: generator.unit())
    var flow = flow
    if draws.host < host { flow.hide([.ttl, .tcpWindow, .tcpOptions]) }
    if draws.payload < payload { flow.cutPayload() }
    if draws.times < times, let first = flow.packets.first {
      for index in flow.packets.indices { flow.packets[index].time = first.time }
    }
    if draws.names < names { flow.hideNames() }
    return flow
  }
}

extension ObservedFlow {
  /// Takes out the names that the flow asks for, and those of its responder.
  mutating func hideNames() {
    record.serverName = nil
    guard var metadata = record.metadata else { return }
    (metadata.otherNames, metadata.resolvedNames, metadata.serverNameRaw) = (nil, nil, nil)
    record.metadata = metadata
  }

  /// Keeps of each packet its headers only, as a capture with a short snapshot length has it.
  mutating func cutPayload() {
    for index in packets.indices {
      let range = packets[index].byteRange
      packets[index].byteRange = range.lowerBound..<range.lowerBound + min(range.count, packets[index].payloadOffset)
    }
  }
}
