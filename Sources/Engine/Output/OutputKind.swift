import Evidence
import Foundation
package import Learning

/// What a command writes, and how an earlier output of the same kind is told from somebody else's file.
///
/// Only what carries a mark is recognised. Rows as CSV, JSON lines or a table look like anybody's: they take the place of a
/// file only with `--force`. Of tables in a directory of results, which have fixed names, the header line is the mark.
package struct OutputKind: Sendable {
  /// The kind in words, such as `a report`.
  package let name: String
  /// Whether a file that begins so is one of the kind.
  let recognises: @Sendable (_ head: [UInt8]) -> Bool

  /// Whether an earlier output can be told from other files.
  var isMarked = true

  /// Whether `--force` lets it take the place of any other file.
  var isReplaceable = true

  /// Bytes of a file that are looked at.
  static let headBytes = 1 << 20

  /// A kind without a mark.
  package static func unmarked(_ name: String) -> Self {
    var kind = Self(name: name) { _ in false }
    kind.isMarked = false
    return kind
  }

  /// A case that is made of others. It never takes the place of a file.
  package static let mergedCase = Self(name: "a merged case", recognises: { _ in false }, isReplaceable: false)

  /// A page as `flowcase report` and `flowcase experiment` write it.
  ///
  /// - Parameter title: the page's title.
  package static func page(title: String) -> Self {
    Self(name: "a page of Flowcase") { head in
      let text = String(decoding: head.prefix(4096), as: UTF8.self)
      return text.hasPrefix("<!DOCTYPE html>") && text.contains("<title>\(title)</title>")
    }
  }

  /// A capture as `flowcase carve` writes it: pcapng whose section header names Flowcase as the writer.
  package static let carvedCapture = Self(name: "a carved capture") { head in
    guard head.count >= 28, Array(head[..<4]) == [0x0a, 0x0d, 0x0d, 0x0a],
      Array(head[8..<12]) == [0x4d, 0x3c, 0x2b, 0x1a], head[24] == 4, head[25] == 0
    else { return false }
    let length = Int(head[26]) | Int(head[27]) << 8
    return head[28...].prefix(length).starts(with: Array("flowcase ".utf8))
  }

  /// A frozen model, of a network or of trees.
  package static let model = Self(name: "a model of Flowcase") {
    isSafetensors($0, member: "\"flowcase.architecture\"")
  }

  /// Encoded flows as `flowcase bench --export` writes them.
  package static let encodedFlows = Self(name: "encoded flows") { isSafetensors($0, member: encodedFlowsMark) }
  /// The member of the metadata that says so.
  package static let encodedFlowsMember = "flowcase.encoded_flows"
  private static let encodedFlowsMark = "\"\(encodedFlowsMember)\""

  private static func isSafetensors(_ head: [UInt8], member: String) -> Bool {
    guard looksLikeSafetensors(head) else { return false }
    return Data(head.dropFirst(8)).firstRange(of: Data(member.utf8)) != nil
  }

  /// Whether a file begins with the length of a header of at most 16 MiB and a JSON object.
  static func looksLikeSafetensors(_ head: [UInt8]) -> Bool {
    head.count > 8 && head[8] == UInt8(ascii: "{") && head[3..<8].allSatisfy { $0 == 0 }
  }

  /// Error rates as `flowcase evaluate --rates` writes them.
  package static let errorRates = Self(name: "error rates of Flowcase") { head in
    (try? JSONDecoder().decode([MeasuredRates].self, from: Data(head))) != nil
  }

  /// What `flowcase experiment` goes on with.
  package static let experimentResults = Self(name: "results of an experiment") {
    ExperimentLedger.isLedger(Data($0))
  }

  /// Metadata as `flowcase datasette` writes it.
  package static let datasetteMetadata = Self(name: "metadata for Datasette") {
    $0.starts(with: Array("{\n  \"title\": \"Flowcase\",".utf8))
  }

  /// A CSV table of a directory of results.
  ///
  /// - Parameter columns: what its header line begins with.
  package static func table(_ columns: [String]) -> Self {
    Self(name: "a table of the same columns") { head in
      var line = head.prefix { $0 != 10 }
      if line.last == 13 { line.removeLast() }
      let header = columns.joined(separator: ",")
      return line.elementsEqual(header.utf8) || line.starts(with: Array((header + ",").utf8))
    }
  }

  /// A feature table as `flowcase dataset prepare` writes it, as CSV or as ARFF.
  ///
  /// - Parameter features: its columns before the class.
  package static func featureTable(_ features: [Feature]) -> Self {
    let csv = table(features.map(\.name))
    let start = "@RELATION flows\n\n@ATTRIBUTE \(features.first?.name ?? "") "
    return Self(name: "a table of the same features") { csv.recognises($0) || $0.starts(with: Array(start.utf8)) }
  }

  /// A picture as the charts of this program are written.
  package static let picture = Self(name: "a picture of Flowcase") { head in
    let line = head.prefix { $0 != 10 }
    return line.starts(with: Array("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 ".utf8))
      && String(decoding: line, as: UTF8.self).hasSuffix("font-family=\"sans-serif\">")
  }

  /// A Markdown page of tables.
  ///
  /// - Parameter heading: its first line.
  package static func markdown(heading: String) -> Self {
    Self(name: "a page of the same tables") { $0.starts(with: Array("## \(heading)\n".utf8)) }
  }

  /// The first bytes of a file; nothing where it cannot be read.
  static func head(of path: EvidencePath) -> [UInt8] {
    guard let file = try? EvidenceFile(path, chunkSize: headBytes) else { return [] }
    return (try? file.next()) ?? []
  }
}
