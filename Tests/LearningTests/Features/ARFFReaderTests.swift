import Learning
import Testing

@Suite struct ARFFReaderTests {
  static let small = """
    % made for this test
    @RELATION 'two words',,
    @attribute 'a, b' REAL,,
    @ATTRIBUTE colour {red, 'dark blue',"it's"},,

    @Attribute class1 {Non-VPN,VPN},
    @DATA,,
    1.5,red,VPN,,
    -2e3 , 'dark blue' , Non-VPN
    % between the rows

    ?,?,VPN
    7,'it\\'s',?
    0,"it's",Non-VPN
    """

  @Test func attributesAndRowsAreRead() throws {
    var reader = ARFFReader()
    try reader.feed(Array(Self.small.utf8))
    let table = try reader.finish()
    #expect(table.features == [Feature("a, b"), Feature("colour", categories: ["red", "dark blue", "it's"])])
    #expect(table.labels == ["Non-VPN", "VPN"])
    #expect(table.targets == [1, 0, 1, 0])
    #expect(reader.unlabelledRows == 1)
    #expect(table.row(0) == [1.5, 0])
    #expect(table.row(1) == [-2000, 1])
    #expect(table.row(3) == [0, 2])
    #expect(table.missing == [1, 1])
    #expect(table.counts == [2, 2])
  }

  @Test func theClassCanBeNamed() throws {
    let table = try TableText.arff(Self.small.utf8, className: "colour")
    #expect(table.labels == ["red", "dark blue", "it's"])
    #expect(table.features.map(\.name) == ["a, b", "class1"])
    #expect(table.targets == [0, 1, 2, 2])
  }

  @Test func carriageReturnsAndChunksChangeNothing() throws {
    let whole = try TableText.arff(Self.small.utf8)
    #expect(try TableText.arff(Self.small.replacing("\n", with: "\r\n").utf8) == whole)
    for chunk in 1...40 { #expect(try TableText.arff(Self.small.utf8, chunk: chunk) == whole) }
  }

  @Test(arguments: [
    ("@attribute a numeric\n@attribute c {x,y}\n@data\n{0 1, 1 x}", "line 4: the row is sparse"),
    ("@attribute a numeric\n@attribute c {x,y}\n@data\n1,x\n1,z", "line 5: the class 'z' was not declared"),
    ("@attribute a numeric\n@attribute c {x,y}\n@data\n1", "line 4: the row has 1 values, the table has 2 columns"),
    ("@attribute a numeric\n@attribute c {x,y}\n@data\n1,x,2", "line 4: the row has 3 values, the table has 2 columns"),
    ("@attribute a numeric\n@attribute c {x,y}\n@data\n1e99,x", "line 4: '1e99' is no value of 'a'"),
    ("@attribute a numeric\n@attribute c {x,y}\n@data\n0x10,x", "line 4: '0x10' is no value of 'a'"),
    ("@attribute a numeric\n@attribute c {x,y}\n@data\ninf,x", "line 4: 'inf' is no value of 'a'"),
    ("@attribute a {p}\n@attribute c {x,y}\n@data\nq,x", "line 4: 'q' is no value of 'a'"),
    ("@attribute a string\n", "line 1: the type 'string' of 'a' is not read"),
    ("@attribute a {p,p}\n", "line 1: the values of 'a' are repeated"),
    ("@attribute a numeric\n@attribute a {x,y}\n@data", "line 3: there are two columns 'a'"),
    ("@attribute a numeric\n@attribute c numeric\n@data", "line 3: the class 'c' is not a list of two or more values"),
    ("@attribute c {x,y}\n@data", "line 2: there is no column but the class"),
    ("@attribute 'a numeric\n", "line 1: the quoted text 'a numeric' does not end on its line"),
    ("@data", "line 1: there is no column"),
    ("hello", "line 1: 'hello' is no declaration of an ARFF file"),
    ("", "there is no @DATA"),
  ])
  func whatIsWrongIsSaid(text: String, message: String) {
    let error = #expect(throws: FeatureTableError.self) { try TableText.arff(text.utf8) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test func sizeIsBounded() {
    var limits = FeatureTableLimits()
    limits.lineBytes = 100
    #expect(throws: FeatureTableError.self) {
      try TableText.arff(repeatElement(UInt8(ascii: "%"), count: 101), limits: limits)
    }
    #expect(throws: FeatureTableError.self) {
      try TableText.arff(repeatElement(UInt8(ascii: "%"), count: 101), chunk: 7, limits: limits)
    }
    limits.values = 3
    #expect(throws: FeatureTableError(line: 9, "the table has more than 3 values; cut it into several")) {
      try TableText.arff(Self.small.utf8, limits: limits)
    }
  }

  /// Neither a text cut off at any byte nor one with a byte changed does anything but give a table or an error.
  @Test func noBytesTrap() throws {
    let bytes = Array(Self.small.utf8)
    for end in bytes.indices { _ = try? TableText.arff(bytes[..<end]) }
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<3000 {
      var changed = bytes
      for _ in 0...generator.below(3) { changed[generator.below(changed.count)] = UInt8(generator.below(256)) }
      _ = try? TableText.arff(changed, chunk: 1 + generator.below(64))
      _ = try? TableText.csv(changed)
    }
  }
}
