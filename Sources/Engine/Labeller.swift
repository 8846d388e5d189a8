import Learning
import Records
import Traffic

/// Labels flows on one worker: the shared model, and scratch of its own.
final class Labeller {
  private final class Model {
    let classifier: FlowClassifier
    var scratch: InferenceScratch

    init(_ classifier: FlowClassifier) {
      self.classifier = classifier
      scratch = InferenceScratch(for: classifier)
    }

    func classify(_ flows: [ObservedFlow]) -> [Classification] { classifier.classify(flows, scratch: &scratch) }
  }

  private let model: Model?
  private let keepsInputs: Bool

  /// - Parameters:
  ///   - classifier: `nil` to pass flows on without labels.
  ///   - keepsInputs: whether what models see goes with them.
  init(_ classifier: FlowClassifier?, keepsInputs: Bool = false) {
    model = classifier.map { Model($0) }
    self.keepsInputs = keepsInputs
  }

  func label(_ flows: [ObservedFlow]) -> [ClassifiedFlow] {
    let classifications = model?.classify(flows) ?? flows.map { _ in .none }
    return zip(flows, classifications).map { flow, classification in
      var classified = ClassifiedFlow(flow: flow.record, classification: classification)
      if keepsInputs { classified.input = flow.input }
      return classified
    }
  }
}
