import Foundation
import Testing

@Suite struct BenchCommandTests {
  @Test func `tells the speed of the default model, and writes what it saw`() throws {
    let scratch = try Scratch()
    let result = try Program.run(
      "bench", Program.captures, "--rounds", "1", "--training-steps", "1", "--export", scratch.path("inputs"))
    #expect(result.status == 0, "\(result.talk)")
    for start in ["flows  ", "flows a second", "seconds a batch"] {
      #expect(result.output.split(separator: "\n").contains { $0.hasPrefix(start) }, "\(result.output)")
    }
    #expect(FileManager.default.fileExists(atPath: scratch.path("inputs")))
  }

  @Test func `trees are timed without training steps`() throws {
    let scratch = try Scratch()
    let labels = try scratch.write("labels", Data("tls* tls\nhttp* http\n".utf8))
    let model = scratch.path("model.safetensors")
    let trained = try Program.run(
      "train", Program.captures, "--labels", labels, "-o", model, "--architecture", "c4.5", "--calibration", "flows")
    #expect(trained.status == 0, "\(trained.talk)")
    let result = try Program.run("bench", Program.captures, "--model", model, "--rounds", "1", "--training-steps", "1")
    #expect(result.status == 0 && result.talk.contains("c4.5 is not trained in batches"), "\(result.talk)")
  }

  @Test(arguments: [["--flows", "0"], ["--rounds", "0"], ["--training-steps=-1"]])
  func `numbers that cannot be are refused`(option: [String]) throws {
    let result = try Program.run(["bench", Program.captures] + option)
    #expect(result.status == 64 && result.talk.contains("is "), "\(result.talk)")
  }
}
