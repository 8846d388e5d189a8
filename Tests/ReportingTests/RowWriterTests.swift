import Foundation
import Records
import Reporting
import Testing

/// What a format makes of rows.
func written(
  _ format: OutputFormat, _ columns: [String], _ rows: [[SQLValue]], isRaw: Bool = false, isTerminal: Bool = false,
  isTruncated: Bool = false, terminalWidth: Int? = nil, endsLinesInLF: Bool = false
) throws -> String {
  var bytes: [UInt8] = []
  let sink = TextSink { bytes += $0 }
  var writer = format.writer(
    to: sink, isRaw: isRaw, isTerminal: isTerminal, terminalWidth: terminalWidth, endsLinesInLF: endsLinesInLF)
  try writer.begin(columns: columns)
  for row in rows { try writer.row(row) }
  try writer.end(isTruncated: isTruncated)
  return String(decoding: bytes, as: UTF8.self)
}

let hostile = "\u{1b}[2J\u{7}a\r\nb\t\u{9b}31m\u{202e}txt.exe\u{2028}"

@Suite struct RowWriterTests {
  @Test(arguments: OutputFormat.allCases)
  func hostileTextReachesNobodyUnescaped(format: OutputFormat) throws {
    let text = try written(format, [hostile], [[.text(hostile)]])
    for scalar in text.unicodeScalars where scalar != "\n" && scalar != "\r" {
      #expect(scalar.value >= 0x20 && scalar.value != 0x7f && !(0x80...0x9f).contains(scalar.value))
      #expect(scalar != "\u{202e}" && scalar != "\u{2028}")
    }
    let lines = text.split(whereSeparator: \.isNewline)
    #expect(lines.count == ([.jsonl, .value].contains(format) ? 1 : format == .csv ? 2 : 3))
  }

  @Test(arguments: OutputFormat.allCases)
  func aCutAnswerSaysSoInItsLastLine(format: OutputFormat) throws {
    let text = try written(format, ["a", "b"], [[.integer(1), .integer(2)]], isTruncated: true)
    let last = text.split(whereSeparator: \.isNewline).last ?? ""
    #expect(last.contains("truncated"))
  }

  @Test func aReaderThatWentAwayIsANormalEnding() throws {
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    signal(SIGPIPE, SIG_IGN)
    var writer = OutputFormat.csv.writer(to: TextSink(pipe.fileHandleForWriting))
    try writer.begin(columns: ["a"])
    #expect(throws: ReportError(.closed, "")) { try writer.end(isTruncated: false) }
  }
}

@Suite struct CSVWriterTests {
  @Test func followsRFC4180() throws {
    let text = try written(
      .csv, ["plain", "a,b"],
      [
        [.text("x"), .text("say \"hi\"")], [.integer(-5), .real(0.25)], [.null, .text("")],
        [.blob([0, 255]), .text(" padded ")],
      ])
    #expect(text == "plain,\"a,b\"\r\nx,\"say \"\"hi\"\"\"\r\n-5,0.25\r\n,\"\"\r\n00ff,\" padded \"\r\n")
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u{ff1d}1"])
  func aFormulaIsMadeText(text: String) throws {
    let line = try written(.csv, ["a"], [[.text(text)]]).components(separatedBy: "\r\n")[1]
    #expect(line.hasPrefix("'"))
    #expect(try written(.csv, ["a"], [[.text(text)]], isRaw: true).contains("'") == false)
  }

  @Test func negativeNumbersStayNumbers() throws {
    #expect(try written(.csv, ["a"], [[.integer(-1)], [.real(-0.5)]]) == "a\r\n-1\r\n-0.5\r\n")
  }

  @Test func rawKeepsEveryCharacter() throws {
    #expect(try written(.csv, ["a"], [[.text("a\r\nb\u{1b}")]], isRaw: true) == "a\r\n\"a\r\nb\u{1b}\"\r\n")
    #expect(try written(.csv, ["a"], [[.text("a\r\nb\u{1b}")]]) == "a\r\na\\u000D\\u000Ab\\u001B\r\n")
  }
}

@Suite struct JSONLinesWriterTests {
  @Test func valuesKeepTheirTypes() throws {
    let text = try written(
      .jsonl, ["i", "r", "t", "n", "b"],
      [[.integer(.max), .real(1e-7), .text("a\"\\\u{1b}"), .null, .blob([1, 171])]])
    #expect(text == #"{"i":9223372036854775807,"r":1e-07,"t":"a\"\\\u001B","n":null,"b":"01ab"}"# + "\n")
  }

  @Test func columnsThatHoldJSONAreEmbedded() throws {
    let text = try written(
      .jsonl, ["probabilities", "attention", "link_types"],
      [[.text(#"{"chat":0.1,"a\"b":-1.5e-07}"#), .text("[0.25,null]"), .null]])
    #expect(text == #"{"probabilities":{"chat":0.1,"a\"b":-1.5e-07},"attention":[0.25,null],"link_types":null}"# + "\n")
  }

  @Test(arguments: [
    "[1,2", "[1]]", "{\"a\":1},\"b\":{}", "[01]", "[1,]", "{a:1}", "[\"\\x\"]", "[1\n]", "[]x", "[-]", "[1.]",
    String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
  ])
  func whatIsNoJSONStaysText(text: String) throws {
    let line = try written(.jsonl, ["attention"], [[.text(text)]])
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
    #expect(object == ["attention": text])
  }

  @Test func columnsOfTheSameNameAreToldApart() throws {
    #expect(try written(.jsonl, ["a", "a"], [[.integer(1), .integer(2)]]) == "{\"a\":1,\"a_2\":2}\n")
  }

  @Test func hostileTextComesBackUnchanged() throws {
    let line = try written(.jsonl, ["a"], [[.text(hostile)]])
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
    #expect(object == ["a": hostile])
  }
}

@Suite struct TableWriterTests {
  @Test func alignsColumns() throws {
    let text = try written(
      .table, ["label", "flows"], [[.text("voip"), .integer(5)], [.text("日本"), .integer(1200)], [.null, .null]])
    #expect(text == "label  flows\n-----  -----\nvoip       5\n日本    1200\n            \n")
  }

  @Test func cutsLongValuesOnATerminalOnly() throws {
    let long = String(repeating: "x", count: 100)
    #expect(try written(.table, ["a"], [[.text(long)]]).contains(long))
    let cut = try written(.table, ["a"], [[.text(long)]], isTerminal: true)
    #expect(cut.split(separator: "\n")[2] == String(repeating: "x", count: 47) + "…")
  }

  @Test func keepsItsWidthsAfterTheFirstRows() throws {
    let rows = (0..<1500).map { [SQLValue.integer(Int64($0)), .text("v")] }
    let lines = try written(.table, ["n", "t"], rows).split(separator: "\n")
    #expect(lines.count == 1502)
    #expect(lines[2] == "  0  v")
    #expect(lines[1501] == "1499  v")
  }

  @Test func namesTheColumnsOfAnEmptyAnswer() throws {
    #expect(try written(.table, ["a", "bc"], []) == "a  bc\n-  --\n")
  }
}

@Suite struct MarkdownWriterTests {
  @Test func escapesWhatMarkdownActsOn() throws {
    let text = try written(.markdown, ["a"], [[.text("x|y <b> [l](u) `c`")]])
    #expect(text == "| a |\n| --- |\n| x\\|y &lt;b&gt; \\[l\\](u) \\`c\\` |\n")
  }
}

@Suite struct TerminalTableTests {
  private func table(_ width: Int?) throws -> [String] {
    try written(
      .table, ["id", "name", "wide"], [[.integer(1), .text("abc"), .text(String(repeating: "x", count: 30))]],
      isTerminal: true, terminalWidth: width
    ).split(separator: "\n").map(String.init)
  }

  @Test func theColumnsThatFitAreShownAndTheOthersNamed() throws {
    #expect(try table(nil).count == 3)
    #expect(try table(40) == table(nil))
    let narrow = try table(39)
    #expect(Array(narrow.prefix(3)) == ["id  name", "--  ----", " 1  abc"])
    #expect(narrow[3] == "… 1 of 3 columns does not fit and is not shown:")
    #expect(narrow[4] == "wide")
    // One column is shown whatever the width.
    #expect(try table(1).first == "id")
    #expect(try table(1)[3].contains("2 of 3 columns do not fit and are not shown"))
  }
}
