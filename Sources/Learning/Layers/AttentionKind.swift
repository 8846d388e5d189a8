/// Which packets of a flow attention weighs, by their scores u_t . context of Eq. (6).
///
/// A flow's weights add up to 1 in each kind. Soft attention is the paper's; the others are its future work (section 6).
package enum AttentionKind: Sendable, Equatable {
  /// Softmax over all packets.
  case soft
  /// Softmax over the packets at most `window` before or behind the one of greatest score, 0 for the others: local
  /// attention (Luong et al. 2015) around a position that the scores themselves name. In training the position counts
  /// as a constant, so the gradient is exact wherever a small change does not move it.
  case local(window: Int)
  /// 1 for the packet of greatest score, 0 for the others (Xu et al. 2015). In training the scores get the gradient
  /// they would get from soft attention at the same scores (straight-through); everything else gets its exact one.
  /// Xu et al. sample the position and use REINFORCE; this needs no samples and repeats to the bit.
  case hard

  package enum Name: String, Sendable, CaseIterable, Codable { case soft, local, hard }

  package var name: Name {
    switch self {
    case .soft: .soft
    case .local: .local
    case .hard: .hard
    }
  }

  /// The steps of a sequence of `count` that get weight. Of equal scores the first counts as the greatest.
  func window(count: Int, score: (Int) -> Float) -> Range<Int> {
    guard self != .soft, count > 0 else { return 0..<count }
    var centre = 0
    for step in 1..<count where score(step) > score(centre) { centre = step }
    guard case .local(let window) = self else { return centre..<centre + 1 }
    return max(0, centre - window)..<min(count, centre + window + 1)
  }

  /// Turns `count` scores from `start` on into weights.
  func apply(_ scores: inout Matrix, at start: Int, count: Int) {
    let used = window(count: count) { scores[0, start + $0] }
    Softmax.apply(&scores, at: start + used.lowerBound, count: used.count)
    Kernels.clear(&scores, at: start, count: used.lowerBound)
    Kernels.clear(&scores, at: start + used.upperBound, count: count - used.upperBound)
  }
}
