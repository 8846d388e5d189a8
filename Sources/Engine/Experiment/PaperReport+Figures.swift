import Learning
import Records
import Traffic

extension PaperReport {
  package var figures: [ResultFigure] {
    [classes, flowLengths, packetLengths, sizesByClass] + precisions + bothAttentionModels
      + [packetWeights(.regular, "a"), packetWeights(.encapsulated, "b")]
  }

  /// Fig. 2.
  private var classes: ResultFigure {
    let without = dataset(.all, .dns), applications = dataset(.all, .infrastructure)
    return ResultFigure(
      name: "figure2", title: "Fig. 2. Flows of each class", kind: .bars, xTitle: "class", yTitle: "flows",
      places: flows.labels,
      series: [
        ("without DNS", without.counts.map { Double($0) }),
        ("applications only", applications.counts.map { Double($0) }),
      ], note: "")
  }

  /// Fig. 3, first half.
  private var flowLengths: ResultFigure {
    let bounds = [1, 2, 3, 4, 5, 10, 20, 50, 100, Int.max]
    let names = ["1", "2", "3", "4", "5", "6-10", "11-20", "21-50", "51-100", "over 100"]
    let series = [("all flows", InputContract.LeaveOut.none), ("applications only", .infrastructure)].map {
      (
        name: $0.0,
        values: Self.shares(
          dataset(.all, $0.1).examples.map { $0.flow.record.sent.packets + $0.flow.record.answered.packets }, bounds)
      )
    }
    return ResultFigure(
      name: "figure3a", title: "Fig. 3. Packets of a flow", kind: .bars, xTitle: "packets of a flow",
      yTitle: "share of flows", places: names, series: series, note: "")
  }

  /// Fig. 3, second half.
  private var packetLengths: ResultFigure {
    let bounds = Array(stride(from: 99, through: 1399, by: 100)) + [Int.max]
    let names = stride(from: 0, through: 1300, by: 100).map { "\($0)-\($0 + 99)" } + ["1400 and over"]
    let series = [("all flows", InputContract.LeaveOut.none), ("applications only", .infrastructure)].map {
      (
        name: $0.0,
        values: Self.shares(dataset(.all, $0.1).examples.flatMap { $0.flow.packets.map(\.ipLength) }, bounds)
      )
    }
    return ResultFigure(
      name: "figure3b", title: "Fig. 3. Bytes of a packet", kind: .bars, xTitle: "IP bytes of a packet",
      yTitle: "share of packets", places: names, series: series, note: "Of the first 20 packets of each flow.")
  }

  /// The share of values at or below each bound and above the one before.
  private static func shares(_ values: [Int], _ bounds: [Int]) -> [Double?] {
    var counts = [Int](repeating: 0, count: bounds.count)
    for value in values { counts[bounds.firstIndex { value <= $0 } ?? bounds.count - 1] += 1 }
    return counts.map { values.isEmpty ? nil : Double($0) / Double(values.count) }
  }

  /// Fig. 7.
  private var sizesByClass: ResultFigure {
    let results = PublishedResults.sizes.compactMap { size in
      result(plan.sizes(packets: size.packets, bytes: size.bytes)).map { ("\(size.packets) x \(size.bytes)", $0) }
    }
    return byClass(
      "figure7", "Fig. 7. F1 of each class by packets of a flow and bytes of a packet", "F1", .all, results
    ) { $0.f1($1) }
  }

  /// Fig. 8: a picture for each task.
  private var precisions: [ResultFigure] {
    PaperScenario.allCases.map { scenario in
      byClass(
        "figure8-task\(scenario.rawValue)", "Fig. 8. Precision of each class in task \(scenario.rawValue)", "precision",
        scenario, compared(PaperPlan.architectures, scenario)
      ) { $0.precision($1) }
    }
  }

  /// Fig. 9: task 2 to 4.
  private var bothAttentionModels: [ResultFigure] {
    [PaperScenario.regular, .encapsulated, .all].map { scenario in
      byClass(
        "figure9-task\(scenario.rawValue)", "Fig. 9. F1 of each class in task \(scenario.rawValue)", "F1", scenario,
        compared([.attentionLSTM, .han], scenario)
      ) { $0.f1($1) }
    }
  }

  private func compared(_ architectures: [Architecture], _ scenario: PaperScenario) -> [(String, SeriesResult)] {
    architectures.compactMap { architecture in
      result(plan.comparison(architecture, scenario, .random)).map { (architecture.rawValue, $0) }
    }
  }

  private func byClass(
    _ name: String, _ title: String, _ yTitle: String, _ scenario: PaperScenario, _ results: [(String, SeriesResult)],
    _ value: (Metrics, Int) -> Double
  ) -> ResultFigure {
    let labels = results.first?.1.metrics.labels ?? []
    return ResultFigure(
      name: name, title: title, kind: .bars, xTitle: "class", yTitle: yTitle, places: labels,
      series: results.map { result in
        (
          result.0,
          labels.indices.map { result.1.metrics.support($0) > 0 ? value(result.1.metrics, $0) : nil }
        )
      }, note: "Random split, all rounds together.")
  }

  /// Fig. 10.
  private func packetWeights(_ scenario: PaperScenario, _ part: String) -> ResultFigure {
    let cell = plan.comparison(.attentionLSTM, scenario, .random)
    let result = result(cell)
    let series = (result?.metrics.labels ?? []).enumerated().compactMap { label, name in
      result.map { result -> (name: String, values: [Double?]) in
        let means = result.meanAttention(label)
        return (name, (0..<cell.packets).map { $0 < means.count ? means[$0] : (means.isEmpty ? nil : 0) })
      }
    }
    return ResultFigure(
      name: "figure10\(part)",
      title: "Fig. 10. Mean attention to each packet, \(scenario == .regular ? "outside" : "inside") a VPN",
      kind: .lines,
      xTitle: "packet of the flow", yTitle: "mean attention weight", places: (1...cell.packets).map { "\($0)" },
      series: series,
      note: "Test flows of each true class, attention-lstm. A packet that a flow does not have counts as weight 0.")
  }
}
