import Learning
import Testing

@Suite struct PanelPlanTests {
  @Test func `panels cover the columns with little to spare`() {
    for columns in 1...3000 {
      let plan = PanelPlan(columns: columns, byteColumns: columns)
      #expect(plan.width % 8 == 0 && plan.width <= 152)
      #expect(plan.width * plan.count >= columns && plan.width * (plan.count - 1) < columns)
      #expect(plan.panels(forBytes: columns) == plan.count)
      #expect(plan.panels(forBytes: 0) == 0)
    }
  }

  @Test func `panels with a channel are known`() {
    var contract = InputContract(packets: 1, bytesPerPacket: 64)
    contract.encoding = .bits
    contract.channels = [.direction, .length, .gap]
    #expect(PanelPlan(contract).firstChannelPanel == PanelPlan(contract).count - 1)
    contract.channels = []
    #expect(PanelPlan(contract).firstChannelPanel == PanelPlan(contract).count)
  }
}
