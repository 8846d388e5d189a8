import Foundation

/// An SVG picture under construction: 860 units wide, text in the reader's own sans-serif font, colours that follow the
/// reader's light or dark scheme.
///
/// All texts are escaped; numbers are written with one decimal, so that equal data give equal files.
struct SVGPicture {
  let width = 860.0
  let height: Double
  private let title: String
  private let details: String
  private var body = ""

  /// - Parameter details: what the picture shows, for readers who cannot see it.
  init(title: String, details: String, height: Double) {
    self.title = title
    self.details = details
    self.height = height
  }

  enum Anchor: String { case start, middle, end }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, anchor: Anchor = .start, kind: String = "label", turned: Double = 0
  ) {
    let turn = turned == 0 ? "" : " transform=\"rotate(\(Self.number(turned)) \(Self.number(x)) \(Self.number(y)))\""
    body +=
      "<text class=\"\(kind)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor.rawValue)\"\(turn)>\(HTMLText.escaped(text))</text>\n"
  }

  /// - Parameter hint: shown when the pointer rests on the shape.
  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, colour: Int, opacity: Double = 1, hint: String = ""
  ) {
    let fade = opacity < 1 ? " fill-opacity=\"\(Self.number(opacity, 3))\"" : ""
    body +=
      "<rect class=\"s\(colour % Self.colours)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(max(width, 0)))\" height=\"\(Self.number(max(height, 0)))\"\(fade)>\(Self.hint(hint))</rect>\n"
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, kind: String = "grid") {
    body +=
      "<line class=\"\(kind)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>\n"
  }

  /// A line through points; each has a mark. From the ninth series on, where colours repeat, the line is broken.
  mutating func path(_ points: [(x: Double, y: Double)], colour: Int) {
    let places = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
    let broken = colour >= Self.colours ? " stroke-dasharray=\"6 4\"" : ""
    body += "<polyline class=\"l\(colour % Self.colours)\"\(broken) points=\"\(places)\"/>\n"
    for point in points { mark(point.x, point.y, colour: colour) }
  }

  mutating func mark(_ x: Double, _ y: Double, colour: Int, radius: Double = 3, hint: String = "") {
    body +=
      "<circle class=\"s\(colour % Self.colours)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\">\(Self.hint(hint))</circle>\n"
  }

  private static func hint(_ text: String) -> String {
    text.isEmpty ? "" : "<title>\(HTMLText.escaped(text))</title>"
  }

  /// The palette of Okabe and Ito, which colour-blind readers can tell apart, with grey in the place of black.
  private static let palette = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#888888",
  ]
  static let colours = palette.count

  var text: String {
    let styles = Self.palette.enumerated().map { index, colour in
      ".s\(index){fill:\(colour)}.l\(index){fill:none;stroke:\(colour);stroke-width:2}"
    }.joined()
    let size = "\(Self.number(width)) \(Self.number(height))"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 \(size)" width="\(Self.number(width))" height="\(Self.number(height))" font-family="sans-serif">
      <title>\(HTMLText.escaped(title))</title>
      <desc>\(HTMLText.escaped(details))</desc>
      <style>text{fill:#222;font-size:12px}.title{font-size:15px;font-weight:600}.grid{stroke:#8884;stroke-width:1}.axis{stroke:#888;stroke-width:1}@media (prefers-color-scheme:dark){text{fill:#ddd}}\(styles)</style>
      \(body)</svg>

      """
  }

  /// A number with a fixed number of decimals and no zeros at the end.
  static func number(_ value: Double, _ decimals: Int = 1) -> String {
    guard value.isFinite else { return "0" }
    var text = String(format: "%.\(decimals)f", value)
    if text.contains(".") {
      while text.last == "0" { text.removeLast() }
      if text.last == "." { text.removeLast() }
    }
    return text == "-0" ? "0" : text
  }

  /// A text cut to a number of characters, with an ellipsis where something is missing.
  static func short(_ text: String, _ characters: Int) -> String {
    text.count <= characters ? text : text.prefix(max(characters - 1, 0)) + "…"
  }
}
