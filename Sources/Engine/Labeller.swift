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

  /// - Parameter classifier: `nil` to pass flows on without labels.
  init(_ classifier: FlowClassifier?) { model = classifier.map { Model($0) } }

  func label(_ flows: [ObservedFlow]) -> [ClassifiedFlow] {
    guard let model else { return flows.map { ClassifiedFlow(flow: $0.record, classification: .none) } }
    return zip(flows, model.classify(flows)).map { ClassifiedFlow(flow: $0.record, classification: $1) }
  }
}
