import Evidence
import Foundation
import Learning
import Records
import Traffic

/// Labels of single flows, from tables.
///
/// `schemas/flow-labels.md` says which tables are read, and how a line finds its flow.
package struct FlowLabels: Sendable {
  /// What a table is read with.
  package struct Options: Sendable {
    /// What the model is to call the table's classes.
    package var classes = ClassNames()
    /// Columns and the value they must have for a line to count, in tables that have them.
    package var conditions: [(column: String, value: String)] = []
    /// Laboratory of what neither a line nor a manifest places.
    package var laboratory = ""
    /// Laboratories by path, of a manifest.
    package var manifest: [String: String] = [:]

    package init() {}
  }

  private var labels: [FlowLabel] = []
  /// Of each table, laboratories by the components of their captures' paths.
  private var manifests: [[String: String]] = []
  private var options: [Options] = [], tableNames: [String] = []
  private var byName: [String: [Int]] = [:]
  private var anywhere: [Int] = []
  package private(set) var unreadable: [UnreadableLabel] = []

  /// No labels.
  package init() {}

  package var isEmpty: Bool { labels.isEmpty }
  package var lineCount: Int { labels.count }

  /// Adds a table: text with a header line, parted by tabs (without quotes) or commas (RFC 4180), Zeek's log with its `#fields`, or JSON
  /// lines.
  ///
  /// - Throws: when the header names no flow or no class. Lines that cannot be read are kept in ``unreadable``.
  package mutating func add(_ text: String, name: String, _ options: Options) throws(LabelMapError) {
    let table = self.options.count
    self.options.append(options)
    manifests.append(
      options.manifest.reduce(into: [:]) { $0[Self.names($1.key).joined(separator: "/")] = $1.value })
    tableNames.append(name)
    var columns: FlowLabelColumns?, isTabbed = false
    for (index, line) in text.textLines.enumerated() where !line.isEmpty {
      do throws(UnreadableLabel) {
        if line.first == "{" {
          let (header, row) = try Self.jsonRow(line, index + 1, name)
          guard let columns = try? FlowLabelColumns(header) else {
            throw UnreadableLabel(table: name, line: index + 1, reason: "it names no flow, or no class")
          }
          try append(row, columns, table, index + 1, name)
          continue
        }
        if line.hasPrefix("#fields\t") {
          let header = line.split(separator: "\t", omittingEmptySubsequences: false).dropFirst().map(String.init)
          columns = nil
          isTabbed = true
          columns = try Self.columns(header, index + 1, name)
          continue
        }
        if line.first == "#" { continue }
        guard let known = columns else {
          isTabbed = line.contains("\t")
          columns = nil
          let header = Self.fields(line, isTabbed: isTabbed) ?? []
          columns = try Self.columns(header, index + 1, name)
          continue
        }
        guard let row = Self.fields(line, isTabbed: isTabbed) else {
          throw UnreadableLabel(table: name, line: index + 1, reason: "its quotes do not end")
        }
        try append(row, known, table, index + 1, name)
      } catch {
        // Without a header no line can be read.
        if columns == nil, line.first != "{" { throw LabelMapError(line: index + 1, description: error.reason) }
        unreadable.append(error)
      }
    }
  }

  private static func columns(_ header: [String], _ line: Int, _ name: String) throws(UnreadableLabel)
    -> FlowLabelColumns
  {
    do throws(LabelMapError) { return try FlowLabelColumns(header) } catch {
      throw UnreadableLabel(table: name, line: line, reason: error.description)
    }
  }

  private static func fields(_ line: Substring, isTabbed: Bool) -> [String]? {
    isTabbed
      ? line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      : try? DelimitedFields.csv(String(line))
  }

  private static func jsonRow(
    _ line: Substring, _ number: Int, _ table: String
  ) throws(UnreadableLabel) -> ([String], [String]) {
    guard let members = (try? JSONValue(parsing: Array(line.utf8)))?.members else {
      throw UnreadableLabel(table: table, line: number, reason: "it is no JSON object")
    }
    let names = members.keys.sorted()
    return (
      names,
      names.map { name in
        switch members[name] {
        case .string(let text): text
        case .number(let number): String(number)
        default: ""
        }
      }
    )
  }

  private mutating func append(
    _ row: [String], _ columns: FlowLabelColumns, _ table: Int, _ line: Int, _ name: String
  ) throws(UnreadableLabel) {
    let options = options[table]
    for (column, value) in options.conditions {
      if let found = columns.value(row, column), found != value { return }
    }
    var label: FlowLabel?
    do throws(UnreadableLabel) { label = try columns.label(row, table: table, line: line) } catch {
      throw UnreadableLabel(table: name, line: line, reason: error.reason)
    }
    guard var label, let known = options.classes.name(of: label.label) else { return }
    label.label = known
    if let path = label.path {
      byName[Self.lastName(path), default: []].append(labels.count)
    } else {
      anywhere.append(labels.count)
    }
    labels.append(label)
  }

  // MARK: - Looking up

  /// Whether a line may be about a capture at a path.
  package func concerns(_ path: String) -> Bool { !anywhere.isEmpty || !lines(path).isEmpty }

  /// The lines about a capture, by their keys.
  func index(path: String) -> [FlowLabel.Key: [FlowLabel]] {
    (anywhere + lines(path)).reduce(into: [:]) { $0[labels[$1].key, default: []].append(labels[$1]) }
  }

  /// Where a capture comes from, for a line about it: as the line says it, else the manifest of its table, whose paths match as a line's do.
  func laboratory(_ label: FlowLabel, path: String) -> String {
    if let own = label.laboratory { return own }
    let names = Self.names(path)[...]
    let manifest = manifests[label.table]
    for start in names.indices {
      if let found = manifest[names[start...].joined(separator: "/")] { return found }
    }
    return options[label.table].laboratory
  }

  /// All labels, in the order of the tables.
  var all: [FlowLabel] { labels }

  /// The table a label is from.
  func name(_ label: FlowLabel) -> String { tableNames[label.table] }

  private func lines(_ path: String) -> [Int] {
    let names = Self.names(path)
    return (byName[Self.lastName(path)] ?? []).filter { index in
      guard let wanted = labels[index].path.map({ Self.names($0) }) else { return true }
      return wanted.count <= names.count && Array(names.suffix(wanted.count)) == wanted
    }
  }

  /// The components of a path, the last one without what compression puts behind it.
  private static func names(_ path: String) -> [String] {
    var names = path.split(whereSeparator: { $0 == "/" || $0 == "!" }).map(String.init)
    if let last = names.last { names[names.count - 1] = stripped(last) }
    return names
  }

  private static func lastName(_ path: String) -> String { names(path).last ?? "" }

  private static func stripped(_ name: String) -> String {
    var name = name
    while let ending = name.split(separator: ".").last, name.count > ending.count + 1,
      ["gz", "zst", "xz", "bz2", "lz4", "lz", "lzma", "z"].contains(ending.lowercased())
    {
      name.removeLast(ending.count + 1)
    }
    return name
  }
}
