package import Records

/// One self-contained page: no script, no font, no picture from elsewhere; for screens light and dark, and for paper.
package struct HTMLPage {
  private let title: String
  private var body = ""

  package init(title: String) { self.title = title }

  package mutating func heading(_ text: String) { body += "<h2>\(HTMLText.escaped(text))</h2>\n" }

  package mutating func paragraph(_ text: String) { body += "<p>\(HTMLText.escaped(text))</p>\n" }

  /// Text to be copied as it stands, such as a command.
  package mutating func code(_ text: String) { body += "<pre><code>\(HTMLText.escaped(text))</code></pre>\n" }

  /// - Parameter note: what is to be said under the table; nothing when empty.
  package mutating func table(_ caption: String, columns: [String], rows: [[SQLValue]], note: String = "") {
    body += "<figure><table><caption>\(HTMLText.escaped(caption))</caption><thead><tr>"
    body += columns.map { "<th scope=\"col\">\(HTMLText.escaped($0))</th>" }.joined()
    body += "</tr></thead><tbody>\n"
    for row in rows {
      let cells = row.map { value in
        let text = HTMLText.escaped(value.plainText)
        return value.isNumber ? "<td class=\"number\">\(text)</td>" : "<td>\(text)</td>"
      }
      body += "<tr>\(cells.joined())</tr>\n"
    }
    body += "</tbody></table>"
    if !note.isEmpty { body += "<figcaption>\(HTMLText.escaped(note))</figcaption>" }
    body += "</figure>\n"
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
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
    figure { margin: 2rem 0; overflow-x: auto; break-inside: avoid; }
    figcaption { font-size: 0.875rem; opacity: 0.8; max-width: 48rem; }
    figure svg { max-width: 100%; height: auto; }
    table { border-collapse: collapse; font-size: 0.875rem; }
    caption { text-align: left; font-weight: 600; padding-bottom: 0.5rem; }
    th, td { padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); text-align: left; vertical-align: bottom; }
    td.number { font-variant-numeric: tabular-nums; text-align: right; }
    pre { overflow-x: auto; padding: 0.75rem; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
    @media print { body { max-width: none; font-size: 11px; } }
    </style>
    </head>
    <body>
    <h1>\(HTMLText.escaped(title))</h1>
    \(body)</body>
    </html>

    """
  }
}
