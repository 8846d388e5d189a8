import Learning
import Records
import Testing
import Traffic

@Suite struct FieldFeaturesTests {
  private static func contract(_ masked: Set<InputContract.MaskedField> = []) -> InputContract {
    var contract = InputContract(packets: 3, bytesPerPacket: 64)
    contract.maskedFields = masked
    return contract
  }

  /// An IPv4 and TCP packet with 12 bytes of options: each byte of the TCP header its place in it, payload 0x41...
  private static func packet(payload: Int, options: Int = 12) -> [UInt8] {
    let ip: [UInt8] = [0x45, 7, 0, 99, 1, 2, 0x40, 0, 61, 6, 3, 4, 10, 0, 0, 1, 10, 0, 0, 2]
    let tcp = (0..<20 + options).map { UInt8($0 + 1) }
    return ip + tcp + (0..<payload).map { UInt8(0x41 + $0 % 20) }
  }

  private static func flow(_ name: String? = nil) -> ObservedFlow {
    var flow = SampleFlows.flow([packet(payload: 4), packet(payload: 40)], times: [0, 1000], payload: 52)
    flow.record.serverName = name
    return flow
  }

  private func row(_ flow: ObservedFlow, _ contract: InputContract, _ words: [String] = []) throws -> [String: Float] {
    let features = try #require(FieldFeatures(contract, vocabulary: words))
    let names = features.features.map(\.name)
    #expect(Set(names).count == names.count)
    return Dictionary(uniqueKeysWithValues: zip(names, features.values(of: flow)))
  }

  @Test func `fields have columns of their own`() throws {
    let row = try row(Self.flow(), Self.contract())
    #expect(row["signed_length_1"] == 56 && row["signed_length_2"] == -92 && row["length_2"] == 92)
    #expect(row["tos_1"] == 7 && row["ttl_1"] == 61 && row["proto_1"] == 6 && row["fragment_1"] == 0x40)
    #expect(row["gap_1"] == 0 && ((row["gap_2"] ?? 0) - 6.9088).magnitude < 1e-3)
    // The originator's port, sequence numbers and checksum are not seen; flags, window and options are.
    #expect(
      row["transport_1_1"] == 0 && row["transport_1_3"] == 3 && row["transport_2_1"] == 1 && row["transport_2_3"] == 0)
    #expect(
      row["transport_1_5"] == 0 && row["transport_1_14"] == 14 && row["transport_1_15"] == 15
        && row["transport_1_17"] == 0)
    #expect(row["option_1_1"] == 21 && row["option_1_12"] == 32 && row["option_1_13"] == 0)
    #expect(row["payload_1_1"] == 0x41 && row["payload_1_4"] == 0x44 && row["payload_1_5"] == -1)
    #expect(row["payload_2_32"] != -1 && row["payload_3_1"] == -2 && row["length_3"] == -2)
    #expect(row["packets"] == 2 && row["bytes_sent"] == 56 && row["bytes_answered"] == 92 && row["largest"] == 92)
    #expect(row["size_deviation"] == 18 && row["has_name"] == 0)
  }

  @Test func `the payload stands in the same columns whatever the options before it`() throws {
    let other = SampleFlows.flow([Self.packet(payload: 4, options: 0)], payload: 40)
    let (long, short) = (try row(Self.flow(), Self.contract()), try row(other, Self.contract()))
    #expect(long["payload_1_1"] == short["payload_1_1"] && short["option_1_1"] == 0)
  }

  @Test func `masked fields are zeros`() throws {
    let row = try row(Self.flow(), Self.contract([.ttl, .tcpWindow, .tcpOptions, .ports]))
    #expect(row["ttl_1"] == 0 && row["transport_1_15"] == 0 && row["option_1_1"] == 0 && row["transport_1_3"] == 0)
    #expect(row["transport_1_14"] == 14)
  }

  @Test func `what was kept beyond the contract's plan changes nothing`() throws {
    var contract = Self.contract()
    contract.bytesPerPacket = 30
    let long = SampleFlows.flow([Self.packet(payload: 60)], payload: 52)
    let short = SampleFlows.flow(
      [Array(Self.packet(payload: 60).prefix(contract.keepPlan.bytesPerPacket))], payload: 52)
    var cut = short
    cut.packets[0].ipLength = long.packets[0].ipLength
    let features = try #require(FieldFeatures(contract, vocabulary: []))
    #expect(features.values(of: long) == features.values(of: cut))
  }

  @Test func `words of names are marked`() throws {
    let row = try row(Self.flow("r3---sn-4g.googlevideo.com"), Self.contract(), ["com", "googlevideo", "net"])
    #expect(row["name_googlevideo"] == 1 && row["name_com"] == 1 && row["name_net"] == 0 && row["has_name"] == 1)
  }

  @Test func `hostile offsets are read within what was kept`() throws {
    let features = try #require(FieldFeatures(Self.contract(), vocabulary: []))
    for (transport, payload) in [(0, 0), (65_535, 65_535), (40, 20), (20, 65_535), (19, 21)] {
      let flow = SampleFlows.flow([Self.packet(payload: 3), [0x60], []], transport: transport, payload: payload)
      let values = features.values(of: flow)
      #expect(values.count == features.features.count && !values.contains { !$0.isFinite })
    }
  }
}

@Suite struct NameWordsTests {
  @Test func `words are runs of letters of all names`() {
    var record = SampleFlows.record()
    record.serverName = "R3.SN-abc123def.example.com"
    var metadata = FlowMetadata()
    (metadata.otherNames, metadata.resolvedNames) = ("b.net", "x\\x00cdn.example.org,ab")
    record.metadata = metadata
    #expect(NameWords.words(of: record) == ["abc", "cdn", "com", "def", "example", "net", "org"])
    record.serverName = String(repeating: "a", count: 25) + "." + String(repeating: "b", count: 24)
    record.metadata = nil
    #expect(NameWords.words(of: record) == [String(repeating: "b", count: 24)])
  }

  @Test func `a vocabulary has the words of at least two groups, most groups first`() {
    let flows = [
      (["com", "one"], "a"), (["com", "two"], "b"), (["com", "one", "two"], "b"), (["one"], "c"), (["com"], "d"),
    ]
    #expect(NameWords.vocabulary(flows.map { (words: $0.0, group: $0.1) }) == ["com", "one"])
    let many = (0..<300).flatMap { n in
      ["x", "y"].map { (words: ["w" + String(repeating: "a", count: n % 20) + "\(n)"], group: $0) }
    }
    #expect(NameWords.vocabulary(many).count <= NameWords.limit)
  }
}
