import Engine
import Learning
import Records

/// Gathers the flows a training or an evaluation works on, and says what was found.
enum LabelledFlows {
  static func collect(
    _ captures: [String], labels: LabelFiles, contract: InputContract
  ) throws -> LabelledCaptures.Collection {
    let collection = try gather(captures, labels: labels, contract: contract)
    let dataset = collection.dataset
    let counts = zip(dataset.labels, dataset.counts).map { "\($0) \($1)" }.joined(separator: ", ")
    say("\(dataset.examples.count.counted("flow")) of \(collection.digests.count.counted("capture")): \(counts)")
    let leftOut = collection.leftOut.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", ")
    if !leftOut.isEmpty { say("left out by the contract: \(leftOut)") }
    if !collection.unlabelledFiles.isEmpty {
      say(
        "without a class and not used: \(collection.unlabelledFiles.count.counted("file")), such as '\(collection.unlabelledFiles[0])'"
      )
    }
    if !collection.problems.isEmpty {
      say("\(Figure.count(collection.problems.count, "problem")) in the captures; 'flowcase scan' lists them")
    }
    return collection
  }

  /// Gathers flows, and says and writes what became of labels by flow alone.
  static func gather(
    _ captures: [String], labels: LabelFiles, contract: InputContract
  ) throws -> LabelledCaptures.Collection {
    let map = try labels.map(), tables = try labels.tables()
    guard !map.isEmpty || !tables.isEmpty else {
      throw CommandFailed(
        description: "nothing says which flows are of which class: name a file with --labels or --flow-labels")
    }
    let report = try labels.flowLabelReport.map { try FlowLabelReport($0, captures: captures, labels: labels) }
    let collection = LabelledCaptures(labels: map, flowLabels: tables, contract: contract).collect(captures)
    for line in sentences(collection.flowLabels) { say(line) }
    try report?.write(collection.flowLabels)
    return collection
  }

  /// What became of labels by flow.
  private static func sentences(_ counts: FlowLabelCounts) -> [String] {
    guard counts.lines > 0 || !counts.unreadable.isEmpty else { return [] }
    var lines = [
      "labels by flow: \(counts.matchedLines) of \(counts.lines.counted("line")) name a flow, \(counts.flows.counted("flow")) labelled"
    ]
    if counts.withoutLine > 0 {
      lines.append(
        "\(counts.withoutLine.counted("flow")) of captures with labels by flow have no line and are not used")
    }
    if let first = counts.contradicted.first {
      lines.append(
        "\(counts.contradicted.count.counted("flow")) named by lines of different classes and not used, such as one of '\(first.path)' at \(first.start.rfc3339)"
      )
    }
    if let first = counts.unreadable.first {
      lines.append(
        "\(counts.unreadable.count.counted("line")) cannot be read, such as line \(first.line) of '\(first.table)': \(first.reason)"
      )
    }
    return lines
  }
}

extension Dataset {
  /// Caps classes and adds nonsense, as the arguments ask.
  mutating func prepare(_ arguments: TrainingArguments) throws {
    let seed = arguments.recipe.options.seed
    if let limit = arguments.cap {
      let left = cap(limit, classes: Set(arguments.outside), seed: seed)
      if left > 0 { say("\(left.counted("flow")) left out, beyond \(limit) of one capture and class") }
    }
    if let count = arguments.nonsense {
      guard append(NonsenseFlows.make(count, seed: seed), label: arguments.nonsenseClass, laboratory: "nonsense") else {
        throw CommandFailed(
          description: "there are no flows of the class '\(arguments.nonsenseClass)' that nonsense could be added to")
      }
    }
  }
}
