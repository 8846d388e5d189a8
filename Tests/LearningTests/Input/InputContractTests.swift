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

  @Test func `flows are left out by what their content is, never by a port`() {
    var contract = InputContract(packets: 1, bytesPerPacket: 1)
    func name(_ proto: IPProtocol, _ service: Service?, _ ports: (UInt16, UInt16) = (40_000, 443)) -> String? {
      var record = SampleFlows.record(proto, ports: ports)
      record.service = service
      return contract.leftOutName(record)
    }
    #expect(name(.udp, .dns) == nil)
    #expect(name(.icmp, nil, (8, 0)) == "icmp")
    #expect(name(.sctp, nil) == "sctp")
    contract.leaveOut = .dns
    #expect(name(.udp, .dns) == "dns")
    #expect(name(.tcp, .dns) == "dns")
    #expect(name(.udp, .mdns) == nil)
    contract.leaveOut = .infrastructure
    for service in Service.allCases {
      let isLeftOut = ![.ssl, .dtls, .quic, .http, .ssh].contains(service)
      #expect(name(.udp, service) == (isLeftOut ? service.rawValue : nil))
    }
    for port: UInt16 in [53, 67, 68, 123, 137, 138, 546, 547, 1900, 3702, 5353, 5355, 17_500, 57_621] {
      for proto in [IPProtocol.tcp, .udp] {
        #expect(name(proto, nil, (port, port)) == nil)
        #expect(name(proto, .ssl, (port, 443)) == nil)
      }
    }
  }
}
