import Foundation
import Learning
import Testing

@testable import Learning

@Suite struct C45TreeTests {
  /// Quinlan's example (1993, table 1-1): the tree is printed in the book.
  private static let golf = """
    @relation golf
    @attribute outlook {sunny, overcast, rain}
    @attribute temperature numeric
    @attribute humidity numeric
    @attribute windy {true, false}
    @attribute play {Play, 'Do not'}
    @data
    sunny,75,70,true,Play
    sunny,80,90,true,'Do not'
    sunny,85,85,false,'Do not'
    sunny,72,95,false,'Do not'
    sunny,69,70,false,Play
    overcast,72,90,true,Play
    overcast,83,78,false,Play
    overcast,64,65,true,Play
    overcast,81,75,false,Play
    rain,71,80,true,'Do not'
    rain,65,70,true,'Do not'
    rain,75,80,false,Play
    rain,68,80,false,Play
    rain,70,96,false,Play
    """

  @Test func golfTreeIsTheOneInTheBook() throws {
    let tree = C45Tree(growingOn: try TableText.arff(Self.golf.utf8))
    #expect(
      tree.text == """
        outlook = sunny
        |   humidity <= 75: Play (2.0)
        |   humidity > 75: Do not (3.0)
        outlook = overcast: Play (4.0)
        outlook = rain
        |   windy = true: Do not (2.0)
        |   windy = false: Play (3.0)

        """)
    #expect(tree.probabilities([0, 70, 70, 0]) == [1, 0])
    // Nothing known of the weather: the leaves by their cases.
    #expect(zip(tree.probabilities([.nan, .nan, .nan, .nan]), [9 / 14, 5 / 14]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(tree.probabilities([]) == tree.probabilities([.nan, .nan, .nan, .nan]))
  }

  /// Weka's J48 is an independent implementation of C4.5; the table has missing values and lists of values.
  @Test(arguments: ["", "-unpruned", "-strict"]) func treesAreThoseOfJ48(variant: String) throws {
    var options = C45Options()
    options.isPruned = variant != "-unpruned"
    if variant == "-strict" { (options.confidence, options.minimumCases) = (0.1, 5) }
    let tree = C45Tree(growingOn: try TableText.mixed(), options: options)
    #expect(tree.text == String(decoding: try Fixtures.bytes("trees/mixed.j48\(variant).txt"), as: UTF8.self))
  }

  /// Upper bounds at 25 % that the book works out (1993, page 41): of 0 errors in 6, 9 and 1 cases.
  @Test(arguments: [(6.0, 0.206), (9, 0.143), (1, 0.750)]) func errorBoundIsTheBooks(cases: Double, bound: Double) {
    let extra = C45ErrorBound(confidence: 0.25).extraErrors(0, of: cases)
    #expect(abs(extra / cases - bound) < 0.0005)
  }

  /// A bound between whole errors lies between theirs, and never falls as errors rise.
  @Test func errorBoundRisesWithErrors() {
    let bound = C45ErrorBound(confidence: 0.25)
    for cases in [1.0, 2, 7.5, 40, 1000] {
      var last = 0.0
      for step in 0...100 {
        let errors = cases / 2 * Double(step) / 100
        let total = errors + bound.extraErrors(errors, of: cases)
        #expect(total >= last - 1e-9, "\(errors) of \(cases)")
        last = total
      }
    }
  }

  @Test func oneClassOrOneRowIsALeaf() throws {
    let table = try TableText.arff("@attribute a numeric\n@attribute c {x,y}\n@data\n1,y\n2,y\n3,y".utf8)
    #expect(C45Tree(growingOn: table).text == ": y (3.0)\n")
    #expect(C45Tree(growingOn: table.selecting([])).probabilities([1]) == [1, 0])
    let unknown = try TableText.arff("@attribute a numeric\n@attribute c {x,y}\n@data\n?,y\n?,x\n?,y\n?,x".utf8)
    #expect(C45Tree(growingOn: unknown).nodeCount == 1)
  }

  /// Along a line of short stretches of two classes each split cuts off one stretch, as often as it is allowed to.
  @Test func depthIsBounded() {
    var table = FeatureTable(features: [Feature("a")], labels: ["x", "y"])
    for row in 0..<15_000 { table.append([Float(row)], label: row / 40 % 2) }
    var options = C45Options()
    options.isPruned = false
    let tree = C45Tree(growingOn: table, options: options)
    let depth = tree.text.split(separator: "\n").map { $0.count { $0 == "|" } + 1 }.max()
    #expect(depth == C45Options.maximumDepth)
  }

  @Test func probabilitiesAddUpWhateverIsMissing() throws {
    let table = try TableText.mixed()
    let tree = C45Tree(growingOn: table)
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<500 {
      let row = table.row(generator.below(table.rowCount)).map { generator.below(3) == 0 ? Float.nan : $0 }
      #expect(abs(tree.probabilities(row).reduce(0, +) - 1) < 1e-5)
    }
  }
}
