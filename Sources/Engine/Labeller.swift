import Learning
import Records
import Traffic

/// Labels flows on one worker: the shared model, and scratch of its own.
final class Labeller {
  private let classifier: FlowClassifier?
  private var scratch: InferenceScratch?

  init(_ classifier: FlowClassifier?) {
    self.classifier = classifier
    scratch = classifier.map { InferenceScratch(for: $0) }
  }

  func label(_ flows: [ObservedFlow]) -> [ClassifiedFlow] {
    guard let classifier, scratch != nil else {
      return flows.map { ClassifiedFlow(flow: $0.record, classification: .none) }
    }
    let labels = classifier.classify(flows, scratch: &scratch!)
    return zip(flows, labels).map { ClassifiedFlow(flow: $0.record, classification: $1) }
  }
}
