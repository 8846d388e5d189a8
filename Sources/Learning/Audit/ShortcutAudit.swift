import Records
import Traffic

/// What a frozen model leans on, measured by taking it away.
package struct ShortcutAudit: Sendable {
  /// How often the model is right when one field is not what it was.
  package struct Row: Sendable, Equatable {
    package var field: AuditedField
    /// With zeros in the field's place.
    package var masked: Metrics
    /// With the field of another flow, drawn by chance: what a field says is gone, what it looks like stays.
    package var permuted: Metrics
  }

  /// Whether attention points to what the decision hangs on: what one packet less does.
  package struct Faithfulness: Sendable, Equatable {
    /// Flows with at least two packets, each asked three times.
    package var flows = 0
    /// Flows that get another label without the packet of most attention, and without one drawn by chance.
    package var changedWithoutAttended = 0, changedWithoutRandom = 0
    /// Sums over the flows of what the probability of the first answer loses.
    package var lossWithoutAttended = 0.0, lossWithoutRandom = 0.0
  }

  package let unchanged: Metrics
  /// One for each field, in the order of ``AuditedField``.
  package let rows: [Row]
  /// `nil` for a model without attention.
  package let faithfulness: Faithfulness?

  /// - Parameters:
  ///   - dataset: flows with the model's labels, in the model's order.
  ///   - seed: of what is drawn by chance; the same seed gives the same audit.
  package init(_ classifier: FlowClassifier, on dataset: Dataset, seed: UInt64 = 1) {
    var generator = SeededGenerator(seed: seed)
    let others = generator.shuffled(Array(dataset.examples.indices))
    func metrics(_ change: (Int, ObservedFlow) -> ObservedFlow) -> Metrics {
      let examples = dataset.examples.enumerated().map { index, example in
        var example = example
        example.flow = change(index, example.flow)
        return example
      }
      let changed = Dataset(labels: dataset.labels, examples: examples)
      return classifier.evaluate(changed, Array(changed.examples.indices)).metrics
    }
    unchanged = metrics { $1 }
    rows = AuditedField.allCases.map { field in
      Row(
        field: field, masked: metrics { field.masked(in: $1) },
        permuted: metrics { field.replaced(in: $1, by: dataset.examples[others[$0]].flow) })
    }
    faithfulness = Self.faithfulness(classifier, dataset.examples.map(\.flow), &generator)
  }

  /// What each packet weighs in an answer: the network's attention, and where there are trees, in equal parts with it the size of what each
  /// contributes to them.
  private static func importance(_ answer: NetworkAnswer) -> [Float] {
    let total = answer.contributions.reduce(0) { $0 + $1.magnitude }
    guard total > 0, !answer.attention.isEmpty else { return answer.attention }
    return answer.attention.indices.map { index in
      let share = answer.contributions.indices.contains(index) ? answer.contributions[index].magnitude / total : 0
      return (answer.attention[index] + share) / 2
    }
  }

  private static func faithfulness(
    _ classifier: FlowClassifier, _ all: [ObservedFlow], _ generator: inout SeededGenerator
  ) -> Faithfulness? {
    var scratch = InferenceScratch(for: classifier)
    // A packet taken out must not let one in that the model did not see before.
    let flows = all.filter { $0.packets.count > 1 }.map { flow in
      var flow = flow
      flow.packets = Array(flow.packets.prefix(classifier.contract.packets))
      return flow
    }
    func answers(_ flows: [ObservedFlow]) -> [(prediction: [Float], predicted: Int, attention: [Float])] {
      classifier.answers(on: flows, scratch: &scratch).map {
        let prediction = classifier.prediction($0)
        return (prediction.probabilities, prediction.predicted, Self.importance($0))
      }
    }
    let before = answers(flows)
    guard before.contains(where: { !$0.attention.isEmpty }) else { return nil }
    func without(_ place: (Int) -> Int) -> [ObservedFlow] {
      flows.indices.map { index in
        var flow = flows[index]
        let place = place(index)
        if flow.packets.indices.contains(place) { flow.packets.remove(at: place) }
        return flow
      }
    }
    let drawn = flows.map { generator.below($0.packets.count) }
    let attended = answers(
      without { index in
        let weights = before[index].attention.prefix(flows[index].packets.count)
        return weights.indices.max { weights[$0] < weights[$1] } ?? 0
      })
    let random = answers(without { drawn[$0] })
    var result = Faithfulness(flows: flows.count)
    for (index, first) in before.enumerated() where first.prediction.indices.contains(first.predicted) {
      let probability = Double(first.prediction[first.predicted])
      result.changedWithoutAttended += attended[index].predicted == first.predicted ? 0 : 1
      result.changedWithoutRandom += random[index].predicted == first.predicted ? 0 : 1
      result.lossWithoutAttended += probability - Double(attended[index].prediction[first.predicted])
      result.lossWithoutRandom += probability - Double(random[index].prediction[first.predicted])
    }
    return result
  }
}
