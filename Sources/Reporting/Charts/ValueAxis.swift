import Foundation

/// A vertical axis from 0 to a round number.
struct ValueAxis {
  private(set) var top: Double
  private(set) var step: Double

  /// - Parameters:
  ///   - values: what is to be shown; numbers below 0 and what is no number do not count.
  ///   - top: the end of the axis where it is given, such as 1 for shares.
  init(_ values: [Double], top: Double? = nil) {
    let largest = top ?? values.filter { $0.isFinite && $0 > 0 }.max() ?? 1
    let rough = largest / 5
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
    self.step = step
    self.top = top ?? ceil(largest / step - 1e-9) * step
  }

  var ticks: [Double] { (0...max(Int((top / step).rounded(.down)), 0)).map { Double($0) * step } }

  /// A tick as text, with thousands apart.
  static func text(_ value: Double) -> String {
    guard value >= 1000 else { return SVGPicture.number(value, 3) }
    var digits = Array(SVGPicture.number(value, 0)), place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return String(digits)
  }
}
