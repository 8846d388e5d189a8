import Learning
import Testing

@Suite struct C45TreeTests {
  /// Quinlan's example (1993, table 1-1): the tree is printed in the book.
  static let golf = """
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

  static func table(_ text: String) throws -> FeatureTable {
    var reader = ARFFReader()
    try reader.feed(Array(text.utf8))
    return try reader.finish()
  }

  @Test func golfTreeIsTheOneInTheBook() throws {
    let tree = C45Tree(growingOn: try Self.table(Self.golf))
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
  }
}
