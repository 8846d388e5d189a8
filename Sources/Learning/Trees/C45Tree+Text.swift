extension C45Tree {
  /// The tree as C4.5 prints it: a line for each branch, indented, with the class and the cases at a leaf (and how many
  /// of them are of another class).
  package var text: String {
    if nodes[0].feature < 0 { return ": " + leafText(nodes[0]) + "\n" }
    var result = ""
    var pending: [(node: Int, depth: Int, parent: Int)] = branches(of: 0, depth: 0).reversed()
    while let (index, depth, parent) = pending.popLast() {
      let node = nodes[index]
      result += String(repeating: "|   ", count: depth) + condition(of: index, parent)
      if node.feature < 0 {
        result += ": " + leafText(node)
      } else {
        pending += branches(of: index, depth: depth + 1).reversed()
      }
      result += "\n"
    }
    return result
  }

  private func branches(of index: Int, depth: Int) -> [(node: Int, depth: Int, parent: Int)] {
    let node = nodes[index]
    return (0..<node.branchCount).map { (node.firstBranch + $0, depth, index) }
  }

  private func condition(of index: Int, _ parent: Int) -> String {
    let node = nodes[parent]
    let feature = features[node.feature]
    let branch = index - node.firstBranch
    if let categories = feature.categories { return "\(feature.name) = \(categories[branch])" }
    return "\(feature.name) \(branch == 0 ? "<=" : ">") \(FeatureValue.text(node.threshold ?? .nan, missing: ""))"
  }

  private func leafText(_ node: Node) -> String {
    let label = leafLabel(node)
    let wrong = node.weight - node.counts[label]
    func rounded(_ value: Float) -> String { String((value * 100).rounded() / 100) }
    return "\(labels[label]) (\(rounded(node.weight))\(wrong > 0.005 ? "/\(rounded(wrong))" : ""))"
  }

  private func leafLabel(_ node: Node) -> Int { C45Node.majority(node.counts.map { Double($0) }) ?? node.label }
}
