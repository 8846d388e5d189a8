import Records

/// How often a model is right against how sure it says it is.
package struct ReliabilityChart {
  /// Flows of one stretch of confidence.
  package struct Bin: Sendable {
    package var flows: Int
    /// Mean over the flows, in 0...1.
    package var confidence: Double, accuracy: Double

    package init(flows: Int, confidence: Double, accuracy: Double) {
      (self.flows, self.confidence, self.accuracy) = (flows, confidence, accuracy)
    }
  }

  package var title: String
  /// In order of confidence.
  package var bins: [Bin]
  /// Below it the model abstains.
  package var threshold: Double?

  package init(title: String, bins: [Bin], threshold: Double? = nil) {
    (self.title, self.bins, self.threshold) = (title, bins, threshold)
  }

  private static let left = 64.0, top = 60.0, side = 320.0

  package var svg: String {
    var picture = SVGPicture(
      title: title,
      details: "Share of flows with the right label by confidence; on the diagonal a model is as good as it says.",
      height: Self.top + Self.side + 56)
    picture.text(title, Self.left, 22, kind: "title")
    for step in 0...5 {
      let share = Double(step) / 5
      picture.line(x(0), y(share), x(1), y(share))
      picture.text(SVGPicture.number(share), x(0) - 6, y(share) + 4, anchor: .end)
      picture.text(SVGPicture.number(share), x(share), y(0) + 18, anchor: .middle)
    }
    picture.line(x(0), y(0), x(1), y(1), kind: "axis")
    if let threshold {
      picture.line(x(threshold), y(0), x(threshold), y(1), kind: "axis")
      picture.text("abstains below \(SVGPicture.number(threshold, 3))", x(threshold), y(1) - 6, anchor: .end)
    }
    let all = bins.reduce(0) { $0 + $1.flows }
    let seen = bins.filter { $0.flows > 0 }
    picture.path(seen.map { (x($0.confidence), y($0.accuracy)) }, colour: 0)
    for bin in seen {
      let radius = 3 + 9 * (Double(bin.flows) / Double(max(all, 1))).squareRoot()
      let accuracy = SVGPicture.number(bin.accuracy, 3)
      picture.mark(
        x(bin.confidence), y(bin.accuracy), colour: 0, radius: radius,
        hint: "\(bin.flows.counted("flow")), confidence \(SVGPicture.number(bin.confidence, 3)), right \(accuracy)")
    }
    picture.text("confidence", x(0.5), picture.height - 10, anchor: .middle)
    picture.text("share with the right label", 14, y(0.5), anchor: .middle, turned: -90)
    picture.text("A larger mark stands for more flows.", x(1) + 24, y(1) + 12)
    picture.text("Below the diagonal the model is surer than it is right.", x(1) + 24, y(1) + 30)
    return picture.text
  }

  private func x(_ share: Double) -> Double { Self.left + min(max(share, 0), 1) * Self.side }
  private func y(_ share: Double) -> Double { Self.top + (1 - min(max(share, 0), 1)) * Self.side }
}
