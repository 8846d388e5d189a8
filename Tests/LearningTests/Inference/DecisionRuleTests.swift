import Learning
import Records
import Testing

@Suite struct DecisionRuleTests {
  private let sure = NetworkAnswer(outputs: [4, 0, 0], similarity: 0.5)

  @Test func `one threshold asks for confidence`() {
    var rule = DecisionRule(.crossEntropy)
    let confidence = Double(rule.prediction(sure).confidence)
    #expect(!rule.prediction(sure).isAbstained)
    rule.threshold = confidence
    #expect(!rule.prediction(sure).isAbstained)
    rule.threshold = confidence.nextUp
    #expect(rule.prediction(sure).isAbstained && rule.prediction(sure).predicted == 0)
  }

  @Test func `thresholds of labels ask for similarity where there is one`() {
    var rule = DecisionRule(.crossEntropy)
    rule.labelThresholds = [0.5, nil, 0.5]
    #expect(!rule.prediction(sure).isAbstained)
    rule.labelThresholds = [0.500001, nil, 0.5]
    #expect(rule.prediction(sure).isAbstained)
    rule.labelThresholds = [nil, 0, 0]
    #expect(rule.prediction(sure).isAbstained, "a label without a threshold is never given")
    rule.labelThresholds = []
    #expect(rule.prediction(sure).isAbstained)
    rule.labelThresholds = [0.9, 0.9, 0.9]
    #expect(!rule.prediction(NetworkAnswer(outputs: [4, 0, 0])).isAbstained, "the confidence is 0.96")
    #expect(rule.prediction(NetworkAnswer(outputs: [0, 0, 0])).isAbstained)
  }
}
