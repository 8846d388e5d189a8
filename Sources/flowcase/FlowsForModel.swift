import Engine
import Learning
import Records

/// Labelled flows as a frozen model is asked about them.
struct FlowsForModel {
  /// Flows of the model's classes, by its labels.
  let dataset: Dataset
  /// Flows of classes that the model does not know.
  let outside: [Example]
  /// Labels of those.
  let unknownLabels: [String]
  /// Captures gathered, and those among them that the model was trained on.
  let captures: Int, seen: Int
  /// Flows that are, to the model, the same as one it was trained on. They are in the dataset only where the caller
  /// allows it.
  let seenFlows: Int

  /// Gathers flows, cut and prepared as the model wants them.
  ///
  /// - Parameter keepsSeenFlows: whether flows that the model was trained on stay in the dataset.
  init(_ model: ModelDescription, _ captures: [String], labels: LabelFiles, keepsSeenFlows: Bool) throws {
    let collection = try LabelledFlows.collect(captures, labels: labels, contract: model.contract)
    let known = Set(model.training?.dataSHA256 ?? [])
    (self.captures, seen) = (collection.digests.count, collection.digests.count { known.contains($0.description) })
    let found = collection.dataset
    let examples = found.examples.compactMap { example in
      model.labels.firstIndex(of: found.labels[example.label]).map {
        Example(
          flow: example.flow, label: $0, group: example.group, path: example.path, laboratory: example.laboratory)
      }
    }
    let trained = Set(model.training?.flowDigests ?? [])
    var fingerprints = FlowFingerprint(model.contract)
    let fresh = trained.isEmpty ? examples : examples.filter { !trained.contains(fingerprints.digest(of: $0.flow)) }
    seenFlows = examples.count - fresh.count
    dataset = Dataset(labels: model.labels, examples: keepsSeenFlows ? examples : fresh)
    outside = found.examples.filter { !model.labels.contains(found.labels[$0.label]) }
    unknownLabels = found.labels.filter { !model.labels.contains($0) }
  }

  /// The flows the model has seen, in words; `nil` when it has seen none.
  var seenFlowsText: String? {
    seenFlows == 0 ? nil : "\(Figure.count(seenFlows, "flow")) the same, to the model, as one it was trained on"
  }

  /// The captures the model has seen, in words; `nil` when it has seen none.
  var seenText: String? {
    seen == 0 ? nil : "the model was trained on \(seen) of these \(Figure.count(captures, "capture"))"
  }

  /// - Throws: when there is no flow of a class that the model knows.
  func requireFlows() throws {
    guard !dataset.examples.isEmpty else {
      throw CommandFailed(
        description:
          "the captures have no flows of the model's classes, which are \(dataset.labels.joined(separator: ", "))")
    }
  }
}
