import GRDB
import Records

/// Writes flows and their predictions through statements prepared once.
struct FlowInserter {
  private let flow: BulkStatement
  private let prediction: BulkStatement

  init(_ db: Database) throws {
    let marks = { (count: Int) in Array(repeating: "?", count: count).joined(separator: ",") }
    flow = try BulkStatement(db, "INSERT INTO flow VALUES (\(marks(25)))")
    prediction = try BulkStatement(db, "INSERT INTO prediction VALUES (\(marks(7)))")
  }

  func insert(_ classified: ClassifiedFlow, id: Int64, evidence: Int64, model: Int64?) throws {
    bind(classified.flow, id: id, evidence: evidence)
    if case .protocolName(let name) = classified.classification {
      flow.bind(25, name)
    } else {
      flow.bind(25, nil)
    }
    try flow.run()
    guard let model, case .model(let prediction) = classified.classification else { return }
    try insert(prediction, flow: id, model: model)
  }

  private func bind(_ record: FlowRecord, id: Int64, evidence: Int64) {
    flow.bind(1, id)
    flow.bind(2, evidence)
    flow.bind(3, record.start.nanoseconds)
    flow.bind(4, record.end.nanoseconds)
    flow.bind(5, Int(record.proto.rawValue))
    flow.bind(6, record.originator.address.description)
    flow.bind(7, Int(record.originator.port))
    flow.bind(8, record.responder.address.description)
    flow.bind(9, Int(record.responder.port))
    flow.bind(10, record.vlan)
    flow.bind(11, record.tunnel)
    flow.bind(12, record.sent.packets)
    flow.bind(13, record.answered.packets)
    flow.bind(14, record.sent.ipBytes)
    flow.bind(15, record.answered.ipBytes)
    flow.bind(16, record.endReason.rawValue)
    flow.bind(17, record.connState)
    flow.bind(18, record.history)
    flow.bind(19, record.serverName)
    flow.bind(20, record.communityID)
    flow.bind(21, record.firstPacket.number)
    flow.bind(22, record.firstPacket.streamOffset)
    flow.bind(23, record.lastPacket.number)
    flow.bind(24, record.lastPacket.streamOffset)
  }

  private func insert(_ value: Prediction, flow id: Int64, model: Int64) throws {
    prediction.bind(1, id)
    prediction.bind(2, model)
    prediction.bind(3, value.predicted)
    prediction.bind(4, ShortDecimal.value(value.confidence))
    prediction.bind(5, value.isAbstained ? 1 : 0)
    prediction.bind(6, ShortDecimal.array(value.probabilities))
    prediction.bind(7, ShortDecimal.array(value.attention))
    try prediction.run()
  }
}

/// Numbers between 0 and 1 as short decimal text: six places after the point, which is more than a model's error and
/// keeps a row small. The text depends on the bits of the number alone.
enum ShortDecimal {
  /// The nearest multiple of one millionth.
  static func value(_ number: Float) -> Double { (Double(number) * 1e6).rounded() / 1e6 }

  /// A JSON array such as `[0.25,0.75]`.
  static func array(_ numbers: [Float]) -> String {
    var text: [UInt8] = [UInt8(ascii: "[")]
    for (index, number) in numbers.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      append(number, to: &text)
    }
    text.append(UInt8(ascii: "]"))
    return String(decoding: text, as: UTF8.self)
  }

  private static func append(_ number: Float, to text: inout [UInt8]) {
    guard number.isFinite, number > 0, number < 2 else {
      text.append(UInt8(ascii: "0"))
      return
    }
    let millionths = Int((Double(number) * 1e6).rounded())
    text.append(UInt8(ascii: "0") + UInt8(millionths / 1_000_000))
    var rest = millionths % 1_000_000
    if rest == 0 { return }
    text.append(UInt8(ascii: "."))
    var place = 100_000
    while rest > 0 {
      text.append(UInt8(ascii: "0") + UInt8(rest / place))
      rest %= place
      place /= 10
    }
  }
}
