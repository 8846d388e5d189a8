import Engine
import Foundation
import Testing

@Suite struct OutputGuardTests {
  private let scratch: ScratchDirectory
  private let kind = OutputKind.unmarked("an earlier output")

  init() throws { scratch = try ScratchDirectory() }

  private func refusal(_ outputs: OutputGuard, _ name: String, _ kind: OutputKind? = nil) -> OutputError? {
    do {
      _ = try outputs.plan(scratch.path(name), kind ?? self.kind)
      return nil
    } catch {
      return error as? OutputError
    }
  }

  /// Whatever it is called: the name itself, a detour, a symbolic link, a hard link, a link to a link, a linked directory.
  @Test(arguments: [
    "in/a.pcap", "in/../in/./a.pcap", "soft", "hard", "soft-to-soft", "linked/a.pcap",
  ])
  func anInputIsKnownByWhateverName(name: String) throws {
    try scratch.make("in")
    try scratch.write("in/a.pcap", "packets")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: scratch.path("soft"), withDestinationPath: "in/a.pcap")
    try files.createSymbolicLink(atPath: scratch.path("soft-to-soft"), withDestinationPath: scratch.path("soft"))
    try files.createSymbolicLink(atPath: scratch.path("linked"), withDestinationPath: "in")
    try files.linkItem(atPath: scratch.path("in/a.pcap"), toPath: scratch.path("hard"))
    for named in ["in/a.pcap", "in", "soft"] {
      var outputs = OutputGuard(isForced: true)
      outputs.protect([scratch.path(named)], as: "evidence")
      let error = refusal(outputs, name)
      #expect(error?.code == .protected, "\(named)")
      #expect(error?.message.contains("evidence") == true)
    }
  }

  @Test func nothingNewIsMadeBelowADirectoryThatIsAnInput() throws {
    try scratch.make("in/deep")
    var outputs = OutputGuard(isForced: true)
    outputs.protect([scratch.path("in")], as: "evidence")
    #expect(refusal(outputs, "in/new.csv")?.code == .protected)
    #expect(refusal(outputs, "in/deep/new.csv")?.code == .protected)
    #expect(refusal(outputs, "inside.csv") == nil)
    #expect(throws: OutputError(.protected, "")) { try outputs.plan(directory: scratch.path("in/tables")) }
    #expect(throws: OutputError(.protected, "")) { try outputs.plan(directory: scratch.path("in")) }
    try outputs.plan(directory: scratch.path("tables/of/it"))
  }

  @Test func aFileGivesWayToForceAndAnEmptyOneToAnything() throws {
    try scratch.write("notes.csv", "mine")
    try scratch.write("empty.csv", "")
    #expect(refusal(OutputGuard(), "notes.csv")?.code == .exists)
    #expect(refusal(OutputGuard(), "notes.csv")?.message.contains("--force") == true)
    #expect(refusal(OutputGuard(isForced: true), "notes.csv") == nil)
    #expect(refusal(OutputGuard(), "empty.csv") == nil)
    #expect(refusal(OutputGuard(isForced: true), "notes.csv", .mergedCase)?.code == .exists)
  }

  @Test func aLinkToNothingMakesTheFileItNames() throws {
    try scratch.make("in")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: scratch.path("there"), withDestinationPath: "new.csv")
    try files.createSymbolicLink(atPath: scratch.path("into"), withDestinationPath: "in/new.csv")
    try files.createSymbolicLink(atPath: scratch.path("round"), withDestinationPath: "round")
    var outputs = OutputGuard()
    outputs.protect([scratch.path("in")], as: "evidence")
    let planned = try outputs.plan(scratch.path("there"), kind)
    #expect(planned.filePath?.hasSuffix("/new.csv") == true)
    #expect(refusal(outputs, "into")?.code == .protected)
    #expect(refusal(outputs, "round")?.code == .cannotWrite)
  }

  @Test func whatCannotBeAFileIsNamed() throws {
    try scratch.make("directory")
    #expect(refusal(OutputGuard(), "directory")?.message.contains("it is a directory") == true)
    #expect(refusal(OutputGuard(), "none/x.csv")?.message.contains("No such file or directory") == true)
    #expect(refusal(OutputGuard(), "x/")?.code == .cannotWrite)
    #expect(refusal(OutputGuard(), String(repeating: "x", count: 300))?.code == .cannotWrite)
    #expect(throws: OutputError(.cannotWrite, "")) { _ = try OutputGuard().plan("", kind) }
    try scratch.write("file", "x")
    #expect(throws: OutputError(.cannotWrite, "")) { try OutputGuard().plan(directory: scratch.path("file")) }
  }

  /// Each kind knows its own by their mark and nothing else.
  @Test func kindsAreToldByTheirMarks() throws {
    let capture: [UInt8] =
      [0x0a, 0x0d, 0x0d, 0x0a, 48, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8)
      + [4, 0, 14, 0] + Array("flowcase 0.1.0".utf8)
    let model = #"{"__metadata__":{"flowcase.architecture":"han"}}"#
    let safetensors = [UInt8(model.utf8.count)] + [UInt8](repeating: 0, count: 7) + Array(model.utf8)
    let known: [(kind: OutputKind, bytes: [UInt8])] = [
      (.carvedCapture, capture), (.model, safetensors),
      (.page(title: "Flowcase report"), Array("<!DOCTYPE html>\n<title>Flowcase report</title>".utf8)),
      (.datasetteMetadata, Array("{\n  \"title\": \"Flowcase\",\n".utf8)),
      (.table(["class", "flows"]), Array("class,flows,precision\r\n".utf8)),
      (
        .errorRates,
        Array(
          #"[{"split":"test","flows":9,"accuracy":0.5,"macro_f1":0.5,"coverage":0,"error_rate":0}]"#.utf8)
      ),
      (.markdown(heading: "Table 1"), Array("## Table 1\n".utf8)),
    ]
    for (index, item) in known.enumerated() { try scratch.write("\(index)", Data(item.bytes)) }
    for (index, item) in known.enumerated() {
      for other in known.indices {
        let isTaken = refusal(OutputGuard(), "\(other)", item.kind) == nil
        #expect(isTaken == (other == index), "\(item.kind.name) \(other)")
      }
    }
    var foreign = capture
    foreign.replaceSubrange(28..<36, with: Array("dumpcap ".utf8))
    try scratch.write("foreign", Data(foreign))
    #expect(refusal(OutputGuard(), "foreign", .carvedCapture)?.code == .exists)
  }
}
