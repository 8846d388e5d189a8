import Foundation
import Records

/// Which column of a label table says what, by the names that are common: our own, Zeek's conn.log, NFStream's, CICFlowMeter's, and nDPI's.
struct FlowLabelColumns {
  private enum Field: CaseIterable {
    case path, addressA, portA, addressB, portB, endA, endB, proto, label, start, startMilliseconds, laboratory, group,
      communityID, flowUID

    /// Names in lower case, with `_` for spaces and points; an earlier one counts before a later one.
    var names: [String] {
      switch self {
      case .path: ["path", "evidence_path", "pcap", "file", "filename", "capture"]
      case .addressA: ["ip_a", "orig_ip", "id_orig_h", "src_ip", "source_ip", "source_address"]
      case .portA: ["port_a", "orig_port", "id_orig_p", "src_port", "source_port"]
      case .addressB: ["ip_b", "resp_ip", "id_resp_h", "dst_ip", "destination_ip", "destination_address"]
      case .portB: ["port_b", "resp_port", "id_resp_p", "dst_port", "destination_port"]
      case .endA: ["a"]
      case .endB: ["b"]
      case .proto: ["proto", "protocol", "l4"]
      case .label: ["class", "label", "application_category_name", "application_name"]
      case .start: ["first_ts", "ts", "start", "flow_start", "timestamp"]
      case .startMilliseconds: ["bidirectional_first_seen_ms", "first_seen_ms"]
      case .laboratory: ["laboratory", "lab"]
      case .group: ["group", "scenario"]
      case .communityID: ["community_id"]
      case .flowUID: ["flow_uid"]
      }
    }
  }

  private var places: [Field: Int] = [:]
  /// Columns by name as the table writes them.
  private var named: [String: Int] = [:]

  /// - Throws: where the header names no flow or no class.
  init(_ header: [String]) throws(LabelMapError) {
    let names = header.map(Self.normal)
    for (index, name) in header.enumerated() where named[name] == nil { named[name] = index }
    for field in Field.allCases {
      places[field] = field.names.lazy.compactMap { names.firstIndex(of: $0) }.first
    }
    let hasEnds = [Field.addressA, .portA, .addressB, .portB].allSatisfy { places[$0] != nil }
    guard
      hasEnds || (places[.endA] != nil && places[.endB] != nil) || places[.communityID] != nil
        || places[.flowUID] != nil
    else {
      throw LabelMapError(
        line: 1,
        description:
          "the header has no columns that name a flow: two addresses and ports, community_id, or flow_uid; it has \(header.prefix(20).joined(separator: ", "))"
      )
    }
    guard places[.label] != nil else {
      throw LabelMapError(line: 1, description: "the header has no column 'class' or 'label'")
    }
  }

  static func normal(_ name: String) -> String {
    let trimmed = name.trimmingCharacters(in: .whitespaces).lowercased()
    return String(trimmed.map { $0 == " " || $0 == "." ? "_" : $0 })
  }

  /// A row's value in a column of the table's own name.
  func value(_ row: [String], _ name: String) -> String? {
    named[name].flatMap { row.indices.contains($0) ? row[$0] : nil }
  }

  /// - Returns: what the row says; `nil` for a row without a class.
  /// - Throws: why it cannot be read, as a sentence.
  func label(_ row: [String], table: Int, line: Int) throws(UnreadableLabel) -> FlowLabel? {
    func text(_ field: Field) -> String? {
      guard let place = places[field], row.indices.contains(place) else { return nil }
      let value = row[place].trimmingCharacters(in: .whitespaces)
      return value.isEmpty || value == "-" ? nil : value
    }
    func refusal(_ reason: String) -> UnreadableLabel { UnreadableLabel(table: "", line: line, reason: reason) }
    guard let name = text(.label) else { return nil }
    let key: FlowLabel.Key
    if let uid = text(.flowUID) {
      key = .flowUID(uid)
    } else if let a = text(.addressA) ?? text(.endA), let b = text(.addressB) ?? text(.endB) {
      guard let first = Self.endpoint(a, port: text(.portA)), let second = Self.endpoint(b, port: text(.portB)) else {
        throw refusal("'\(a)' and '\(b)' are not two addresses with ports")
      }
      key = .ends(FlowLabelEnds(first, second))
    } else if let id = text(.communityID) {
      key = .communityID(id)
    } else {
      throw refusal("it names no flow")
    }
    var start: Int64?
    if let milliseconds = text(.startMilliseconds).flatMap(Double.init) {
      start = Self.nanoseconds(seconds: milliseconds / 1000)
    } else if let time = text(.start) {
      start = Double(time).flatMap { Self.nanoseconds(seconds: $0) } ?? Self.instant(time)
    }
    return FlowLabel(
      key: key, label: name, proto: text(.proto).flatMap(Self.proto), start: start, path: text(.path),
      laboratory: text(.laboratory), group: text(.group), table: table, line: line)
  }

  /// `10.0.0.1` and a port, or both in one as `10.0.0.1:80` and `[2001:db8::1]:80`.
  private static func endpoint(_ address: String, port: String?) -> Endpoint? {
    if let port {
      guard let address = IPAddress(address), let port = Double(port).flatMap({ UInt16(exactly: $0) }) else {
        return nil
      }
      return Endpoint(address: address, port: port)
    }
    guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
      return nil
    }
    let name = address[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    return IPAddress(name).map { Endpoint(address: $0, port: port) }
  }

  private static func proto(_ text: String) -> UInt8? {
    Double(text).flatMap { UInt8(exactly: $0) } ?? IPProtocol(name: text.lowercased())?.rawValue
  }

  private static func nanoseconds(seconds: Double) -> Int64? { Int64(exactly: (seconds * 1e9).rounded()) }

  /// RFC 3339.
  private static func instant(_ text: String) -> Int64? {
    guard let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")))
    else {
      return nil
    }
    return nanoseconds(seconds: date.timeIntervalSince1970)
  }
}
