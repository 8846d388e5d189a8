import Engine
import Learning

/// Any bytes are a feature table or are refused; a table that is read survives being written and read as ARFF, and a tree
/// grows on it. The same bytes are a table of labelled flows, or are refused.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTable(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  var csv = CSVTableReader()
  _ = try? csv.feed(bytes)
  _ = try? csv.finish()
  readLabels(String(decoding: bytes, as: UTF8.self))
  var arff = ARFFReader()
  guard (try? arff.feed(bytes)) != nil, let table = try? arff.finish() else { return 0 }
  var text = ""
  table.writeARFF { text += $0 }
  var again = ARFFReader()
  try? again.feed(Array(text.utf8))
  precondition((try? again.finish())?.targets == table.targets, "a table does not survive being written and read")
  let tree = C45Tree(growingOn: table)
  for row in 0..<min(table.rowCount, 10) { _ = tree.probabilities(table.row(row)) }
  return 0
}

private func readLabels(_ text: String) {
  var labels = FlowLabels()
  try? labels.add(text, name: "table", .init())
  _ = labels.concerns("laboratory/capture.pcap.zst")
  _ = LaboratoryManifest.laboratories(text)
  _ = try? ClassNames(parsing: text)
  _ = try? LabelMap(parsing: text)
}
