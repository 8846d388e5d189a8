import Evidence
import Foundation
import Learning
import Records

/// Finds and loads the model a command works with.
enum ModelLoader {
  /// - Parameter path: a model file; `nil` for the default model that is shipped with the program.
  static func load(_ path: String?) throws -> (model: FrozenModel, sha256: SHA256Digest) {
    let loaded = try FrozenModel.load(path: self.path(path), digest: { Digest.sha256($0) })
    guard let sha256 = loaded.digest else { throw CommandFailed(description: "cannot hash the model file") }
    return (loaded.model, sha256)
  }

  /// The file that a command's model is read from.
  static func path(_ path: String?) throws -> String { try path ?? defaultPath() }

  /// Whether a path is a file that begins as a safetensors file does: the length of its header, then a JSON object.
  static func isModel(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    guard let head = try? file.read(upToCount: 9), head.count == 9, head.last == UInt8(ascii: "{") else { return false }
    // A header of more than 16 MiB is no model's.
    return head.dropFirst(3).prefix(5).allSatisfy { $0 == 0 }
  }

  /// Beside the installed program in `share/flowcase`, or in the source tree the program was built in.
  private static func defaultPath() throws -> String {
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    var directory = program.deletingLastPathComponent()
    let installed = directory.deletingLastPathComponent().appending(path: "share/flowcase/default.safetensors")
    if FileManager.default.fileExists(atPath: installed.path) { return installed.path }
    for _ in 0..<5 {
      let candidate = directory.appending(path: "models/default.safetensors")
      if FileManager.default.fileExists(atPath: candidate.path) { return candidate.path }
      directory.deleteLastPathComponent()
    }
    throw CommandFailed(
      description:
        "cannot find the default model beside the program; name a model with --model, or scan without labels with --no-model"
    )
  }
}
