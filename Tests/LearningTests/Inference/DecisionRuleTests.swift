import Learning
import Records
import Testing

@Suite struct DecisionRuleTests {
  private static let flat = LabelTree(labels: ["a", "b", "c"], parents: nil)
  private let sure = NetworkAnswer(outputs: [4, 0, 0], similarity: 0.5)

  @Test func `one threshold asks for confidence`() {
    var rule = DecisionRule(.crossEntropy, Self.flat)
    let confidence = Double(rule.prediction(sure).confidence)
    #expect(!rule.prediction(sure).isAbstained)
    rule.threshold = confidence
    #expect(!rule.prediction(sure).isAbstained)
    rule.threshold = confidence.nextUp
    #expect(rule.prediction(sure).isAbstained && rule.prediction(sure).predicted == 0)
  }

  @Test func `thresholds of labels ask for similarity where there is one`() {
    var rule = DecisionRule(.crossEntropy, Self.flat)
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

  // Chat seen outside and inside a tunnel, and Web.
  private static let nested = LabelTree(labels: ["Chat", "Vpn_Chat", "Web"], prefix: "Vpn_")

  private func rule(chat: Double?, web: Double? = 0, plain: Double? = 0, inside: Double? = 0) -> DecisionRule {
    var rule = DecisionRule(.crossEntropy, Self.nested)
    (rule.classThresholds, rule.labelThresholds) = ([chat, web], [plain, inside, 0])
    return rule
  }

  @Test func `a class is as probable as its labels together`() {
    let even = NetworkAnswer(outputs: [1, 1, 1])
    let prediction = rule(chat: 0).prediction(even)
    #expect(prediction.probabilities.map { ($0 * 1000).rounded() } == [333, 333, 333])
    // With T = 2 the class of two keeps ln 2 / 2 more than the other: 1.41 to 1; within it both stay alike.
    var cool = rule(chat: 0)
    cool.temperature = 2
    let classes = Self.nested.classProbabilities(cool.prediction(even).probabilities)
    #expect((classes[0] - 1.4142 / 2.4142).magnitude < 1e-4)
    #expect(cool.prediction(even).probabilities[0] == cool.prediction(even).probabilities[1])
  }

  @Test func `the full label is given where it is sure, else its class, else nothing`() {
    // Chat 0.98, of which plain 0.73.
    let answer = NetworkAnswer(outputs: [4, 3, 0])
    let sure = rule(chat: 0.9, plain: 0.7).prediction(answer)
    #expect(sure.verdict == .label(0) && sure.confidence == sure.probabilities[0])
    let unsure = rule(chat: 0.9, plain: 0.8).prediction(answer)
    #expect(unsure.verdict == .classOnly(0) && unsure.confidence > 0.95)
    #expect(rule(chat: 0.9, plain: nil).prediction(answer).verdict == .classOnly(0))
    #expect(rule(chat: 0.99).prediction(answer).verdict == .abstain)
    #expect(rule(chat: nil).prediction(answer).verdict == .abstain)
    #expect(rule(chat: 0, web: 0.9).prediction(NetworkAnswer(outputs: [0, 0, 9])).verdict == .label(2))
    #expect(Self.nested.name(of: unsure.verdict) == "Chat" && Self.nested.name(of: .abstain) == "unknown")
  }

  @Test func `a tree knows the prefix it was made with`() {
    #expect(Self.nested.prefix == "Vpn_" && Self.flat.prefix == nil)
    #expect(LabelTree(labels: ["a", "Vpn_a", "x"], parents: ["a", "a", "a"]).prefix == nil, "no prefix makes x of a")
  }

  @Test func `the class is decided before the label`() {
    // Web is the most probable label, Chat the most probable class.
    let prediction = rule(chat: 0).prediction(NetworkAnswer(outputs: [1, 1, 1.5]))
    #expect(Self.nested.classOfLabel[prediction.predicted] == 0)
  }

  @Test func `where the recording stood inside a tunnel only labels that say so are left`() {
    let answer = NetworkAnswer(outputs: [4, 1, 0])
    let inside = rule(chat: 0).prediction(answer, isInsideTunnel: true)
    #expect(inside.verdict == .label(1) && inside.probabilities[0] == 0)
    let outside = rule(chat: 0).prediction(answer)
    #expect((outside.probabilities[0] + outside.probabilities[1] - inside.probabilities[1]).magnitude < 1e-6)
    #expect(inside.probabilities[2] == outside.probabilities[2])
  }

  @Test func `sets of classes grow until they have their share`() {
    var rule = rule(chat: 0)
    #expect(rule.prediction(sure).classSet == [])
    rule.setShare = 0.9
    #expect(rule.prediction(NetworkAnswer(outputs: [5, 0, 0])).classSet == [0])
    #expect(rule.prediction(NetworkAnswer(outputs: [0, 0, 2])).classSet == [1, 0])
    #expect(rule.prediction(NetworkAnswer(outputs: [0, 0, 0.5])).classSet.count == 2)
  }
}
