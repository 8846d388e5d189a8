import Learning
import Testing

@Suite struct FeatureTableTests {
  @Test func csvNeedsNoDeclarations() throws {
    let text = "duration,\"a \"\"b\"\"\",kind\r\n1,2.5,vpn\r\n,NaN,\"x,y\"\r\n3,4,\r\n-1,0,vpn"
    var reader = CSVTableReader()
    try reader.feed(Array(text.utf8))
    let table = try reader.finish()
    #expect(table.features == [Feature("duration"), Feature("a \"b\"")])
    #expect(table.labels == ["vpn", "x,y"])
    #expect(table.targets == [0, 1, 0])
    #expect(table.missing == [1, 1])
    #expect(reader.unlabelledRows == 1)
    #expect(try TableText.csv("k,v\nb,1\na,2".utf8, className: "k").labels == ["a", "b"])
  }

  @Test(arguments: [
    ("a,c\n1,x\n1,x,2", "line 3: the row has 3 values, the table has 2 columns"),
    ("a,c\nzero,x", "line 2: 'zero' is no value of 'a'"),
    ("a,a\n1,x", "line 1: two columns have one name"),
    ("a\n1", "line 1: there are 1 columns"),
    ("a,c\n1,x", "there are not two classes"),
    ("a,c\n\"1,x", "line 2: the quoted field '1,x' does not end on its line"),
    ("", "there is no line that names the columns"),
  ])
  func whatIsWrongWithCSVIsSaid(text: String, message: String) {
    let error = #expect(throws: FeatureTableError.self) { try TableText.csv(text.utf8) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test func tablesSurviveBeingWrittenAndRead() throws {
    let mixed = try TableText.mixed(), numbers = try TableText.numbers()
    var arff = "", csv = ""
    mixed.writeARFF { arff += $0 }
    numbers.writeCSV { csv += $0 }
    #expect(try TableText.arff(arff.utf8) == mixed)
    #expect(try TableText.csv(csv.utf8) == numbers)
    var quoted = FeatureTable(
      features: [Feature("it's, \\ odd"), Feature("n", categories: ["?x", "", "a b"])], labels: ["{", "%"])
    quoted.append([0.1, 2], label: 0)
    quoted.append([.nan, 1], label: 1)
    var text = ""
    quoted.writeARFF { text += $0 }
    #expect(try TableText.arff(text.utf8).features == quoted.features)
  }

  @Test func repeatedRowsAreFound() throws {
    let table = try TableText.csv("a,b,c\n1,,x\n2,3,x\n1,,y\n2,3,x\n2,3,y".utf8)
    #expect(table.repeats.rows == [2, 3, 4])
    #expect(table.repeats.conflicting == 2)
    #expect(table.withoutRepeats().targets == [0, 0])
  }

  @Test func foldsHoldEveryRowOnceAndClassesEvenly() throws {
    let table = try TableText.mixed()
    let folds = table.folds(10, seed: 3)
    #expect(folds.joined().sorted() == Array(0..<table.rowCount))
    #expect(folds == table.folds(10, seed: 3))
    #expect(folds != table.folds(10, seed: 4))
    for fold in folds {
      for (label, count) in table.selecting(fold).counts.enumerated() {
        #expect(abs(Double(count) - Double(table.counts[label]) / 10) < 1)
      }
    }
  }
}
