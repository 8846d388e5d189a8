/// Text put into HTML or SVG, wherever it comes from.
package enum HTMLText {
  /// Characters with a meaning in markup become references, and invisible ones visible.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for character in VisibleText.escaped(text) {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.append(character)
      }
    }
    return result
  }
}
