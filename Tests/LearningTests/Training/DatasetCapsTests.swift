import Learning
import Testing
import Traffic

@Suite struct DatasetCapsTests {
  private func dataset() -> Dataset {
    let plan = [(0, "long.pcap", 40), (0, "short.pcap", 3), (1, "long.pcap", 40)]
    return Dataset(
      labels: ["Web", "Chat"],
      examples: plan.flatMap { label, path, count in
        (0..<count).map { Example(flow: SampleFlows.flow([[UInt8($0)]]), label: label, group: "g", path: path) }
      })
  }

  @Test func `only the classes named are capped, for each capture, by chance with a seed`() {
    var data = dataset(), same = dataset(), other = dataset()
    let left = data.cap(5, classes: ["Web"], seed: 1)
    #expect(left == 35)
    #expect(data.counts == [8, 40])
    #expect(data.examples.count { $0.label == 0 && $0.path == "short.pcap" } == 3)
    _ = same.cap(5, classes: ["Web"], seed: 1)
    _ = other.cap(5, classes: ["Web"], seed: 2)
    func flows(_ data: Dataset) -> [Int] {
      var fingerprints = FlowFingerprint(.paper)
      return data.examples.filter { $0.label == 0 }.map { fingerprints.bytes(of: $0.flow).hashValue }
    }
    #expect(flows(data) == flows(same) && flows(data) != flows(other))
    let leftOfNone = data.cap(5, classes: ["Mail"], seed: 1)
    #expect(leftOfNone == 0)
  }

  @Test func `flows are added to a class that is there`() {
    var data = dataset()
    let flows = (0..<20).map { _ in SampleFlows.flow([[9]]) }
    let isUnknown = !data.append(flows, label: "Other", laboratory: "nonsense")
    #expect(isUnknown && data.examples.count == 83)
    let isKnown = data.append(flows, label: "Web", laboratory: "nonsense")
    #expect(isKnown)
    #expect(data.counts == [63, 40] && Set(data.examples.suffix(20).map(\.group)).count == 10)
    #expect(data.examples.suffix(20).allSatisfy { $0.laboratory == "nonsense" })
  }
}
