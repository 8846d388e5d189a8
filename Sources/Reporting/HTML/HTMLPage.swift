package import Records

/// One self-contained page: no script, no font, no picture from elsewhere; for screens light and dark, and for paper.
package struct HTMLPage {
  private let title: String
  private var body = ""

  package init(title: String) { self.title = title }

  private var headings: [String] = []

  /// Begins a section; sections are listed at the top where there are several.
  package mutating func heading(_ text: String) {
    headings.append(text)
    body += "<h2 id=\"s\(headings.count)\">\(HTMLText.escaped(text))</h2>\n"
  }

  private var contents: String {
    guard headings.count > 3 else { return "" }
    let links = headings.enumerated().map { "<a href=\"#s\($0 + 1)\">\(HTMLText.escaped($1))</a>" }
    return "<nav>\(links.joined(separator: " "))</nav>\n"
  }

  /// A few numbers that are seen first.
  package mutating func tiles(_ values: [(name: String, value: String)]) {
    let tiles = values.map {
      "<div><b>\(HTMLText.escaped($0.value))</b><span>\(HTMLText.escaped($0.name))</span></div>"
    }
    body += "<div class=\"tiles\">\(tiles.joined())</div>\n"
  }

  /// Names and what belongs to each, one under the other.
  package mutating func facts(_ facts: [(name: String, value: String)]) {
    let items = facts.map { "<dt>\(HTMLText.escaped($0.name))</dt><dd>\(HTMLText.escaped($0.value))</dd>" }
    body += "<dl>\(items.joined(separator: "\n"))</dl>\n"
  }

  /// What a reader must not miss.
  package mutating func warning(_ text: String) { body += "<p class=\"warning\">\(HTMLText.escaped(text))</p>\n" }

  package mutating func paragraph(_ text: String) { body += "<p>\(HTMLText.escaped(text))</p>\n" }

  /// Text to be copied as it stands, such as a command.
  package mutating func code(_ text: String) { body += "<pre><code>\(HTMLText.escaped(text))</code></pre>\n" }

  /// - Parameters:
  ///   - note: what is to be said under the table; nothing when empty.
  ///   - isWide: whether it has long texts, which are then broken anywhere.
  package mutating func table(
    _ caption: String, columns: [String], rows: [[SQLValue]], note: String = "", isWide: Bool = false
  ) {
    body +=
      "<figure\(isWide ? " class=\"wide\"" : "")><table><caption>\(HTMLText.escaped(caption))</caption><thead><tr>"
    body += columns.map { "<th scope=\"col\">\(HTMLText.escaped($0))</th>" }.joined()
    body += "</tr></thead><tbody>\n"
    for row in rows {
      let cells = row.map { value in
        let text = HTMLText.escaped(value.plainText)
        let kind =
          value.isNumber || Self.isFigure(text) ? " class=\"number\"" : Self.isDigest(text) ? " class=\"digest\"" : ""
        return "<td\(kind)>\(text)</td>"
      }
      body += "<tr>\(cells.joined())</tr>\n"
    }
    body += "</tbody></table>"
    if !note.isEmpty { body += "<figcaption>\(HTMLText.escaped(note))</figcaption>" }
    body += "</figure>\n"
  }

  /// Whether a text is SHA-256 digests.
  private static func isDigest(_ text: String) -> Bool {
    text.utf8.count >= 64
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x20 }
  }

  /// Whether a text is a number as reports print it, such as `1,234` or `5.1 %`.
  private static func isFigure(_ text: String) -> Bool {
    let text = text.hasPrefix("< ") ? text.dropFirst(2) : text[...]
    guard let first = text.utf8.first, (0x30...0x39).contains(first), text.count(where: { $0 == "." }) < 2 else {
      return false
    }
    let number = text.prefix { $0.isNumber || $0 == "," || $0 == "." }
    return ["", " %", " B", " kB", " MB", " GB", " TB", " PB"].contains(text.dropFirst(number.count))
  }

  /// - Parameter svg: a picture as this module's charts write it; it is not escaped.
  package mutating func picture(_ svg: String, note: String = "") {
    body += "<figure>\(svg)"
    if !note.isEmpty { body += "<figcaption>\(HTMLText.escaped(note))</figcaption>" }
    body += "</figure>\n"
  }

  package var text: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(HTMLText.escaped(title))</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }
    nav { font-size: 0.875rem; margin: 1rem 0 2rem; }
    nav a { margin-right: 1rem; white-space: nowrap; }
    a { color: inherit; }
    h2 { margin-top: 3rem; border-bottom: 2px solid color-mix(in srgb, currentColor 30%, transparent); break-after: avoid; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.75rem; margin: 1.5rem 0; }
    .tiles div { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 0.375rem; padding: 0.5rem 0.75rem; }
    .tiles b { display: block; font-size: 1.375rem; font-variant-numeric: tabular-nums; }
    .tiles span { font-size: 0.8125rem; opacity: 0.8; }
    dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: 0.25rem 1rem; font-size: 0.9375rem; }
    dt { font-weight: 600; }
    dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
    .warning { border-left: 0.25rem solid #d55e00; padding: 0.25rem 0.75rem; }
    .wide table { font-size: 0.75rem; min-width: 56rem; }
    .wide td { overflow-wrap: anywhere; min-width: 3rem; max-width: 22rem; }
    figure { margin: 2rem 0; overflow-x: auto; break-inside: avoid; }
    figcaption { font-size: 0.875rem; opacity: 0.8; max-width: 48rem; }
    figure svg { max-width: 100%; height: auto; }
    table { border-collapse: collapse; font-size: 0.875rem; }
    caption { text-align: left; font-weight: 600; padding-bottom: 0.5rem; }
    th, td { padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); text-align: left; vertical-align: bottom; }
    td.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
    .wide td.digest { font-family: ui-monospace, monospace; min-width: 18rem; }
    pre { overflow-x: auto; padding: 0.75rem; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
    @media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.5rem; } figure svg { min-width: 36rem; } }
    @media print { body { max-width: none; margin: 0; font-size: 11px; } nav { display: none; } figure { overflow: visible; } .wide table { min-width: 0; font-size: 6.5px; } .wide td { min-width: 0; } .wide td.digest { min-width: 38mm; } tr { break-inside: avoid; } figure:has(table) { break-inside: auto; } thead { display: table-header-group; } @page { margin: 12mm; } }
    </style>
    </head>
    <body>
    <h1>\(HTMLText.escaped(title))</h1>
    \(contents)\(body)</body>
    </html>

    """
  }
}
