import Foundation
import Records
import Reporting
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Elements of a picture by name, or nothing where it is not well-formed XML.
private final class Elements: NSObject, XMLParserDelegate {
  private(set) var counts: [String: Int] = [:]
  private(set) var attributes: [(name: String, values: [String: String])] = []
  private(set) var texts = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes values: [String: String]
  ) {
    counts[name, default: 0] += 1
    attributes.append((name, values))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { texts += string }

  static func of(_ text: String) -> Elements? {
    let parser = XMLParser(data: Data(text.utf8)), elements = Elements()
    parser.delegate = elements
    return parser.parse() ? elements : nil
  }
}

@Suite struct ChartTests {
  private static let hostile = ["a<b>&\"'", "\u{1b}[31mred\u{202e}", "</svg><script>x</script>", ""]

  private func chart(_ kind: SeriesChart.Kind, top: Double? = nil) -> SeriesChart {
    SeriesChart(
      title: "F1", kind: kind, xTitle: "class", yTitle: "F1", places: ["a", "b"],
      series: [("one", [0.5, nil]), ("two", [1, 0.25])], top: top)
  }

  @Test func barsAreAsHighAsTheirValues() throws {
    let elements = try #require(Elements.of(chart(.bars, top: 1).svg))
    let bars = elements.attributes.filter { $0.name == "rect" }.map(\.values)
    // Two squares of the legend, and a bar for each value there is.
    #expect(bars.count == 2 + 3)
    let heights = bars.dropFirst(2).compactMap { $0["height"].flatMap(Double.init) }
    #expect(heights == [130, 260, 65])
  }

  @Test func linesBreakWhereAValueIsMissing() throws {
    let elements = try #require(Elements.of(chart(.lines).svg))
    let lines = elements.attributes.filter { $0.name == "polyline" }.compactMap { $0.values["points"] }
    #expect(lines.map { $0.split(separator: " ").count } == [1, 0, 2])
  }

  @Test func textsFromEvidenceStayTexts() throws {
    let bars = SeriesChart(
      title: Self.hostile[2], kind: .bars, xTitle: Self.hostile[0], yTitle: Self.hostile[1], places: Self.hostile,
      series: Self.hostile.map { ($0, [1, 2, 3, 4]) })
    let matrix = ConfusionChart(
      title: Self.hostile[0], labels: Self.hostile, counts: Array(repeating: [1, 0, 2, 0], count: 4))
    for text in [bars.svg, matrix.svg] {
      let elements = try #require(Elements.of(text))
      #expect(elements.counts["script"] == nil && elements.counts["svg"] == 1)
      #expect(!elements.texts.unicodeScalars.contains("\u{1b}") && !elements.texts.unicodeScalars.contains("\u{202e}"))
    }
  }

  @Test func nothingAndNoNumbersAreDrawnToo() {
    let nothing = SeriesChart(title: "", kind: .lines, xTitle: "", yTitle: "", places: [], series: [])
    let odd = SeriesChart(
      title: "", kind: .bars, xTitle: "", yTitle: "", places: ["a"],
      series: [("x", [.nan]), ("y", [.infinity]), ("z", [-3]), ("too many", [1, 2, 3])])
    let reliability = ReliabilityChart(title: "", bins: [.init(flows: 0, confidence: .nan, accuracy: .nan)])
    let matrix = ConfusionChart(title: "", labels: ["a", "b"], counts: [[1, 2, 3]])
    for text in [
      nothing.svg, odd.svg, reliability.svg, matrix.svg, ConfusionChart(title: "", labels: [], counts: []).svg,
    ] {
      #expect(Elements.of(text) != nil)
      #expect(!text.contains("nan") && !text.contains("inf\""))
    }
  }

  @Test func reliabilityShowsEachBinAndTheThreshold() throws {
    let chart = ReliabilityChart(
      title: "r",
      bins: [.init(flows: 3, confidence: 0.4, accuracy: 0.5), .init(flows: 9, confidence: 0.9, accuracy: 1)],
      threshold: 0.6)
    let elements = try #require(Elements.of(chart.svg))
    #expect(elements.texts.contains("abstains below 0.6"))
    #expect(elements.texts.contains("9 flows, confidence 0.9, right 1"))
  }

  @Test func aPageHoldsTablesAndPicturesAndNothingFromElsewhere() {
    var page = HTMLPage(title: "<title>")
    page.table("<b>", columns: ["<i>"], rows: [[.text("<script>")], [.integer(7)], [.null]], note: "&")
    page.picture(chart(.bars).svg, note: "n")
    let text = page.text
    #expect(text.contains("&lt;script&gt;") && !text.contains("<script>"))
    #expect(text.contains("<td class=\"number\">7</td>"))
    #expect(!text.contains("http-equiv") && !text.contains("src=") && !text.contains("href="))
  }
}
