import ArgumentParser
import CaseStore
import Engine
import Foundation
import Glibc
import Learning
import Records
import Reporting
import Traffic

struct ScanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Read evidence and write its flows, labelled, into a case database.",
    discussion: """
      Directories are walked; captures (pcap, pcapng) are recognised by content, also inside gzip, zstd, xz, bzip2, lz4, \
      lzip, lzma, compress, tar, zip, 7z, cpio, RAR, CAB, ISO 9660, ar, xar and WARC. Evidence is never written to. The same command again continues an interrupted scan, and adds \
      nothing where nothing is new.
      """)

  @Argument(help: "Files and directories to read.", completion: .file()) var paths: [String]
  @Option(name: .customLong("case"), help: "The case database to create or add to.", completion: .file()) var casePath:
    String
  @Option(help: "A frozen model; without it, the default model that is shipped.", completion: .file()) var model:
    String?
  @Flag(help: "Write flows without labels.") var noModel = false
  @Flag(
    help: """
      Let the model use that a recording stood inside a tunnel (the column 'vantage'). What was measured of a model was \
      measured without.
      """) var vantage = false
  @Option(help: "Cut flows by 'flowcase' or 'splitcap' rules instead of the model's.") var policy: PolicyName?
  @Option(help: "Only packets this expression admits, in libpcap's language.") var filter: String?
  @Flag(help: "Cut each capture by itself: join none to another, even where they are one recording.") var noJoin = false
  @Option(help: "A file with passwords for archives, one a line; 'infected' is always tried.", completion: .file())
  var passwordFile: String?
  @Option(
    help: ArgumentHelp(
      "MiB of window or dictionary that compressed data may ask for, up to 2048; 128 by default.", valueName: "MiB"))
  var windowLimit: Int?
  @Option(
    help: ArgumentHelp(
      "GiB that one file may be decompressed to; 64 by default, or 250 times its size where that is more.",
      valueName: "GiB"))
  var expansionLimit: Int?
  @Flag(help: "Keep what models see of each flow in the case, so that 'flowcase reclassify' needs no evidence.")
  var keepInputs = false
  @Option(help: "Who scans, as it shall stand in the case.") var examiner: String?
  @Option(help: "The number of the case or incident this belongs to.") var caseNumber: String?
  @Option(help: "What else shall be noted with this scan.") var notes: String?
  @Option(help: "Worker threads; the number of processors by default.") var workers: Int?
  @Flag(name: .shortAndLong, help: "No progress and no summary.") var quiet = false

  enum PolicyName: String, ExpressibleByArgument, CaseIterable {
    case flowcase, splitcap
    var name: FlowPolicy.Name { self == .flowcase ? .flowcase : .splitcap }
  }

  func validate() throws {
    if let workers, !(1...1024).contains(workers) { throw ValidationError("--workers takes a number from 1 to 1024") }
    if let windowLimit, !(1...2048).contains(windowLimit) {
      throw ValidationError("--window-limit takes a number of MiB from 1 to 2048")
    }
    if let expansionLimit, !(1...1_000_000).contains(expansionLimit) {
      throw ValidationError("--expansion-limit takes a number of GiB from 1 to 1000000")
    }
    if noModel && model != nil { throw ValidationError("--model and --no-model exclude each other") }
    if noModel && vantage { throw ValidationError("--vantage is for a model, and --no-model asks none") }
    if let filter { do { _ = try PacketFilter(filter) } catch { throw ValidationError("\(error)") } }
  }

  /// What the interrupt's handler can reach: a handler has no context of its own.
  private static let counters = ScanCounters()

  func run() throws {
    try reportingFailure {
      let loaded = noModel ? nil : try ModelLoader.load(model)
      var run = RunDescription.now()
      (run.examiner, run.caseNumber, run.notes) = (examiner, caseNumber, notes)
      var options = Scan.Options(
        paths: paths, casePath: casePath, workers: workers ?? ProcessInfo.processInfo.activeProcessorCount,
        model: loaded.map { Scan.Model($0.model, sha256: $0.sha256) }, run: run)
      options.usesVantage = vantage
      options.keepsInputs = keepInputs
      options.policy = policy?.name
      options.filter = filter
      options.joinsCaptures = !noJoin
      options.windowLimit = windowLimit
      options.expansionLimit = expansionLimit
      options.passwords = try NamedFile.passwords(passwordFile)
      let outcome = try scan(options)
      if outcome.exitStatus != 0 { throw ExitCode(Int32(outcome.exitStatus)) }
    }
  }

  private func scan(_ options: Scan.Options) throws -> Scan.Outcome {
    let counters = Self.counters
    signal(SIGINT) { _ in
      ScanCommand.counters.interrupt()
      // A second interrupt ends the program at once; what was committed stays.
      signal(SIGINT, SIG_DFL)
    }
    var progress: ProgressLine?
    let started = Date()
    let outcome = try Scan(options, counters: counters).run { extent in
      guard !quiet else { return }
      let line = ProgressLine(counters: counters, extent: extent, isTerminal: Terminal.hasStandardError)
      line.start()
      progress = line
    }
    progress?.stop()
    if !quiet { summarize(outcome, model: options.model?.sha256, seconds: Date().timeIntervalSince(started)) }
    return outcome
  }

  private func summarize(_ outcome: Scan.Outcome, model: SHA256Digest?, seconds: Double) {
    let summary = outcome.summary
    var parts = [
      Figure.count(summary.files, "file"), Figure.count(summary.captures, "capture"),
      Figure.count(summary.packets, "packet"), Figure.count(summary.flows, "flow"),
    ]
    if summary.alreadyKnown > 0 { parts.append("\(Figure.count(summary.alreadyKnown, "file")) already in the case") }
    if summary.duplicates > 0 { parts.append("\(Figure.count(summary.duplicates, "duplicate")) not counted again") }
    if summary.ignored > 0 { parts.append("\(Figure.count(summary.ignored, "file")) without packets ignored") }
    if summary.bytesLost > 0 { parts.append("\(summary.bytesLost.counted("byte")) lost to damage") }
    say("read \(parts.joined(separator: ", ")) in \((seconds * 10).rounded() / 10) s into '\(casePath)'")
    overview(of: model).forEach { say($0) }
    if outcome.problemsInCase > 0 {
      say(
        "the case lists \(Figure.count(outcome.problemsInCase, "problem")) in the evidence: flowcase export \(casePath) problems"
      )
    }
    if outcome.wasInterrupted { say("interrupted: give the same command again to go on where it stopped") }
  }

  /// What is in the case, for the end of a scan.
  private func overview(of model: SHA256Digest?) -> [String] {
    guard let reader = try? CaseReader(path: casePath),
      let lines = try? LabelOverview(reader, model: model?.description).lines, !lines.isEmpty
    else { return [] }
    return lines + [
      "on one page: flowcase report \(casePath) -o report.html; questions: flowcase query \(casePath); every flow: flowcase export \(casePath) flows"
    ]
  }
}
