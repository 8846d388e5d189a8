import Foundation
import Testing

@Suite struct ReportCommandTests {
  private func page(_ scratch: Scratch) throws -> String {
    let result = try Program.run("report", scratch.path("c.db"), "-o", scratch.path("r.html"))
    #expect(result.status == 0, "\(result.talk)")
    return try String(contentsOfFile: scratch.path("r.html"), encoding: .utf8)
  }

  @Test func thePageHoldsEverythingAndNeedsNothing() throws {
    let scratch = try Scratch()
    let odd = try scratch.write("<b>odd&.pcap", Data("no capture".utf8))
    _ = try Program.run(
      "scan", "-q", Program.captures, odd, "--case", scratch.path("c.db"), "--examiner", "<script>alert(1)")
    let page = try page(scratch)
    for title in [
      "Summary", "Labels", "Timeline", "Hosts", "What the model looked at", "Confidence", "Evidence", "Problems",
      "Models",
      "How to do it again",
    ] {
      #expect(page.contains(">\(title)</h2>"), "\(title)")
    }
    let digests = try Program.run("query", scratch.path("c.db"), "SELECT sha256 FROM evidence", "--format", "csv")
      .output
    for digest in digests.split(whereSeparator: \.isNewline).dropFirst() { #expect(page.contains(digest)) }
    // Nothing is fetched, nothing runs, nothing from the case is markup.
    for word in ["<script", "src=", "@import", "url(", "http-equiv", "<b>odd"] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.count(of: "://") == page.count(of: "xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(page.contains("&lt;b&gt;odd&amp;.pcap"))
    #expect(page.contains("&lt;script&gt;alert(1)"))
    #expect(page.count(of: "<svg") >= 5)
    #expect(page.contains("@media print") && page.contains("prefers-color-scheme:dark"))
  }

  @Test(arguments: ["pytorch-attention-lstm", "pytorch-ensemble"]) func `what trees have to do with a label is said`(
    model: String
  ) throws {
    let scratch = try Scratch()
    _ = try Program.run(
      "scan", "-q", Program.captures, "--case", scratch.path("c.db"), "--model",
      "\(Program.fixtures)/models/\(model).safetensors")
    let page = try page(scratch), hasTrees = model == "pytorch-ensemble"
    #expect(page.contains("What the model looked at"))
    #expect(page.contains("the weights are those of the network") == hasTrees)
    let contested = hasTrees ? " (3.5 where network and trees disagree)" : ""
    #expect(page.contains("<dd>cross-entropy, 1.5\(contested)</dd>"))
  }

  @Test func theSameCaseGivesTheSamePage() throws {
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("c.db"))
    #expect(try page(scratch) == page(scratch))
  }

  @Test func aCaseWithoutModelOrEvidenceHasAPageToo() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path("empty"), withIntermediateDirectories: true)
    _ = try Program.run("scan", "-q", scratch.path("empty"), "--case", scratch.path("c.db"), "--no-model")
    #expect(try page(scratch).contains("flows have no labels of a model"))
  }

  /// In a browser, at the widths of a phone, a tablet and a screen, light and dark: nothing is wider than the window.
  @Test(arguments: [390, 820, 1440]) func aBrowserShowsItAtAnyWidth(width: Int) throws {
    guard let browser = Self.browser else {
      print("skipped: there is no chromium")
      return
    }
    let scratch = try Scratch()
    _ = try Program.run("scan", "-q", Program.captures, "--case", scratch.path("c.db"))
    // The page itself has no script; this one, for the test only, tells what the browser made of it.
    let probe = """
      <script>document.title = "width " + document.documentElement.scrollWidth + " of " + window.innerWidth
        + " pictures " + [...document.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().height > 50).length</script>
      """
    let probed = try page(scratch).replacing("</body>", with: probe + "</body>")
    try probed.write(toFile: scratch.path("p.html"), atomically: true, encoding: .utf8)
    let arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=\(width),1200"]
    let dom = try Self.run(browser, arguments + ["--dump-dom", "file://" + scratch.path("p.html")])
    let title = try #require(dom.split(separator: "<title>").dropFirst().first?.prefix { $0 != "<" })
    let words = title.split(separator: " ")
    #expect(words.count == 6, "\(title)")
    #expect(Int(words[1]) ?? .max <= Int(words[3]) ?? 0, "\(title)")
    #expect(Int(words[5]) ?? 0 >= 5, "\(title)")
    let shot = scratch.path("shot.png")
    _ = try Self.run(browser, arguments + ["--screenshot=\(shot)", "file://" + scratch.path("r.html")])
    let picture = try Data(contentsOf: URL(fileURLWithPath: shot))
    #expect(picture.starts(with: [0x89, 0x50, 0x4e, 0x47]) && picture.count > 20_000)
  }

  private static var browser: String? {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}

extension String {
  fileprivate func count(of word: String) -> Int { ranges(of: word).count }
}
