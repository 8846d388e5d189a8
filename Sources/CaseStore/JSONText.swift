/// JSON as the case stores it: short, and the same bytes for the same values.
enum JSONText {
  /// Numbers are kept in steps of this part of one.
  static let steps = 100_000_000

  /// A probability or weight rounded to what the case keeps of it: six significant digits, nothing below 0.00000001.
  ///
  /// - Returns: the value times 100 000 000, or `nil` for what is no finite number up to 1000 in size.
  static func rounded(_ value: Float) -> Int? {
    guard value.isFinite, abs(value) <= 1000 else { return nil }
    let scaled = Int((Double(value) * Double(steps)).rounded())
    var unit = 1
    while abs(scaled) / unit >= 1_000_000 { unit *= 10 }
    let half = scaled < 0 ? -(unit / 2) : unit / 2
    return (scaled + half) / unit * unit
  }

  /// Writes numbers as a JSON array, each as `rounded` keeps it and in as few characters as possible; `null` for
  /// what is no number.
  static func write(_ values: [Float], into text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    text.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      if let value = rounded(value) {
        append(value, to: &text)
      } else {
        text.append(contentsOf: "null".utf8)
      }
    }
    text.append(UInt8(ascii: "]"))
  }

  private static func append(_ scaled: Int, to text: inout [UInt8]) {
    if scaled < 0 { text.append(UInt8(ascii: "-")) }
    let (whole, fraction) = abs(scaled).quotientAndRemainder(dividingBy: steps)
    if whole < 10 {
      text.append(UInt8(ascii: "0") + UInt8(whole))
    } else {
      text.append(contentsOf: String(whole).utf8)
    }
    if fraction == 0 { return }
    text.append(UInt8(ascii: "."))
    var rest = fraction
    var unit = steps / 10
    while rest > 0 {
      text.append(UInt8(ascii: "0") + UInt8(rest / unit))
      rest %= unit
      unit /= 10
    }
  }

  /// A text as a JSON string, quotes included. Control characters are escaped.
  static func string(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  static func array(_ numbers: [Int]) -> String { "[" + numbers.map(String.init).joined(separator: ",") + "]" }

  static func array(_ texts: [String]) -> String { "[" + texts.map(string).joined(separator: ",") + "]" }

  /// An object of values that are JSON already, in the order of their names.
  static func object(_ members: [String: String]) -> String {
    let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return "{" + sorted.map { "\(string($0.key)):\($0.value)" }.joined(separator: ",") + "}"
  }
}
