import Foundation
import Learning
import Records
import Testing
import Traffic

@Suite struct InputContractTests {
  @Test func `values of a packet and what the flow table keeps`() {
    var contract = InputContract.paper
    #expect(contract.valuesPerPacket == 1500)
    #expect(contract.keepPlan == KeepPlan(packets: 10, bytesPerPacket: 1532))
    contract = InputContract(packets: 4, bytesPerPacket: 64)
    contract.encoding = .bits
    contract.channels = [.direction, .length, .gap]
    contract.scope = .l7
    #expect(contract.valuesPerPacket == 515)
    #expect(contract.keepPlan == KeepPlan(packets: 4, bytesPerPacket: 224))
  }

  @Test func `text form and back`() throws {
    var contract = InputContract(packets: 3, bytesPerPacket: 20)
    contract.maskedFields = [.ttl, .ports, .ipID]
    contract.channels = [.gap, .direction]
    contract.padding = .zero
    contract.flowPolicy = .splitcap
    contract.leaveOut = .infrastructure
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(contract), as: UTF8.self)
    #expect(
      text == """
        {"bytes_per_packet":20,"channels":["gap","direction"],"encoding":"scaled","flow_policy":"splitcap",\
        "leave_out":"infrastructure","masked_fields":["ip_id","ports","ttl"],"packets":3,"padding":"zero",\
        "scope":"all"}
        """)
    #expect(try JSONDecoder().decode(InputContract.self, from: Data(text.utf8)) == contract)
  }

  @Test(arguments: [
    ("\"packets\":3", "\"packets\":0"), ("\"packets\":3", "\"packets\":3.5"), ("\"scope\":\"all\"", "\"scope\":\"l2\""),
    ("[\"ip_id\"]", "[\"ip_id\",\"ip_id\"]"), ("[\"gap\"]", "[\"gap\",\"gap\"]"), ("\"packets\":3,", ""),
  ]) func `a text that says something else is refused`(part: String, replacement: String) {
    let text = """
      {"bytes_per_packet":20,"channels":["gap"],"encoding":"scaled","flow_policy":"splitcap","leave_out":"none",\
      "masked_fields":["ip_id"],"packets":3,"padding":"zero","scope":"all"}
      """
    let decoder = JSONDecoder()
    #expect((try? decoder.decode(InputContract.self, from: Data(text.utf8))) != nil)
    let changed = text.replacingOccurrences(of: part, with: replacement)
    #expect(throws: DecodingError.self) { try decoder.decode(InputContract.self, from: Data(changed.utf8)) }
  }

  @Test func `which flows are left out`() {
    var contract = InputContract(packets: 1, bytesPerPacket: 1)
    func name(_ proto: IPProtocol, _ ports: (UInt16, UInt16)) -> String? {
      contract.leftOutName(SampleFlows.record(proto, ports: ports))
    }
    #expect(name(.udp, (1, 53)) == nil)
    #expect(name(.icmp, (8, 0)) == "icmp")
    #expect(name(.sctp, (1, 2)) == "sctp")
    contract.leaveOut = .dns
    #expect(name(.udp, (1, 53)) == "dns")
    #expect(name(.tcp, (53, 2)) == "dns")
    #expect(name(.udp, (5353, 5353)) == nil)
    contract.leaveOut = .infrastructure
    let names: [UInt16: String] = [
      5353: "mdns", 5355: "llmnr", 137: "netbios", 138: "netbios", 1900: "ssdp", 67: "dhcp", 68: "dhcp",
      546: "dhcpv6", 547: "dhcpv6", 123: "ntp", 3702: "ws-discovery", 53: "dns",
    ]
    for (port, expected) in names {
      #expect(name(.udp, (40_000, port)) == expected)
      #expect(name(.udp, (port, 40_000)) == expected)
      #expect(name(.tcp, (40_000, port)) == (port == 53 ? "dns" : nil))
    }
    #expect(name(.tcp, (40_000, 443)) == nil)
  }
}
