import Foundation
import Testing

/// Directories as an attacker, or an accident, leaves them, through the real program.
@Suite struct HostileEvidenceTests {
  private func run(_ command: String, in directory: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    try process.run()
    process.waitUntilExit()
    struct Failed: Error { var command: String }
    if process.terminationStatus != 0 { throw Failed(command: command) }
  }

  @Test func whatIsOddIsARowAndTheRestIsRead() throws {
    let scratch = try Scratch()
    try run(
      """
      mkdir e outside; cp '\(Program.captures)/dns.pcap' outside/secret.pcap
      cd e; cp '\(Program.captures)/refused.pcap' a.pcap; ln a.pcap b-hard.pcap; ln -s a.pcap c-inside; ln -s ../outside/secret.pcap d-outside
      ln -s loop loop; mkfifo fifo; printf x > "$(printf 'name\\nwith\\033[2Jescapes\\377')"
      cp '\(Program.captures)/vlan10.pcap' z.pcap
      top=$PWD; for i in $(seq 450); do mkdir directory$i; cd -P directory$i; done; cp "$top/../outside/secret.pcap" deep.pcap
      """, in: scratch.url.path)
    let evidence = scratch.path("e")
    // The case lies among the evidence, and the paths overlap.
    let arguments = ["scan", evidence, evidence + "/a.pcap", evidence, "--case", evidence + "/case.db", "--no-model"]
    let result = try Program.run(arguments)
    #expect(result.status == 2, "\(result.talk)")
    let rows = try Program.run(
      "query", evidence + "/case.db",
      "SELECT replace(path, '\(evidence)/', '') AS p, status FROM evidence WHERE path NOT LIKE '%deep.pcap' ORDER BY p",
      "--format",
      "csv", "--raw")
    #expect(
      rows.output
        == [
          "p,status", "a.pcap,complete", "b-hard.pcap,duplicate", "d-outside,rejected", "fifo,rejected",
          "loop,rejected",
          "name\\x0awith\\x1b[2Jescapes\\xff,ignored", "z.pcap,complete", "",
        ].joined(separator: "\n"), "\(rows.output) \(rows.talk)")
    #expect(try scratch.value("e/case.db", "SELECT status FROM evidence WHERE path LIKE '%/deep.pcap'") == "complete")
    // Nothing is new the second time, the case's own files included.
    let again = try Program.run(arguments)
    #expect(again.talk.contains("already in the case"), "\(again.talk)")
    #expect(try scratch.value("e/case.db", "SELECT count(*) FROM evidence") == "8")
    try run("rm -rf e/directory1", in: scratch.url.path)
  }

  @Test func whatThePermissionsForbidIsARow() throws {
    let scratch = try Scratch()
    try run(
      """
      mkdir e e/closed-directory; cp '\(Program.captures)/refused.pcap' e/open.pcap; cp e/open.pcap e/closed.pcap
      echo > e/closed-directory/inside; chmod 000 e/closed.pcap e/closed-directory; chmod 777 .
      """, in: scratch.url.path)
    let scan = "scan '\(scratch.path("e"))' --case '\(scratch.path("c.db"))' --no-model"
    // Root may read everything, so it asks as somebody else; where that cannot run the program, there is nothing to test.
    let program = getuid() == 0 ? "setpriv --reuid 65534 --clear-groups '\(Program.url.path)'" : "'\(Program.url.path)'"
    guard (try? run("\(program) --version >/dev/null 2>&1", in: "/")) != nil else { return }
    try run("\(program) \(scan) 2>talk; test $? = 2", in: scratch.url.path)
    let rows = try Program.run(
      "query", scratch.path("c.db"), "SELECT code FROM problems ORDER BY evidence_path", "--format", "csv")
    #expect(rows.output == "code\nunreadable\nunreadable\n")
    #expect(try scratch.value("c.db", "SELECT count(*) FROM evidence WHERE status = 'complete'") == "1")
    // A second scan with more rights reads what the first could not.
    if getuid() == 0 {
      _ = try Program.run("scan", "-q", scratch.path("e"), "--case", scratch.path("c.db"), "--no-model")
      #expect(try scratch.value("c.db", "SELECT count(*) FROM evidence WHERE path LIKE '%inside'") == "1")
    }
    try run("chmod 755 e/closed-directory", in: scratch.url.path)
  }

  @Test func aPasswordFileOpensWhatIsEncrypted() throws {
    let scratch = try Scratch()
    let containers = URL(fileURLWithPath: Program.captures).deletingLastPathComponent().appendingPathComponent(
      "containers")
    let archive = containers.appendingPathComponent("two-passwords.zip").path
    let locked = try Program.run("scan", archive, "--case", scratch.path("a.db"), "--no-model")
    #expect(locked.status == 2)
    let passwords = try scratch.write("passwords", Data("wrong\nsecret\nother\n".utf8))
    let opened = try Program.run(
      "scan", archive, "--case", scratch.path("b.db"), "--no-model", "--password-file", passwords)
    #expect(opened.status == 0, "\(opened.talk)")
    #expect(try scratch.value("b.db", "SELECT count(*) FROM evidence WHERE packets > 0 OR status = 'duplicate'") == "3")
    #expect(try Program.run("scan", archive, "--case", scratch.path("c.db"), "--window-limit", "0").status == 64)
  }
}
