import Engine
import Foundation
import Records

/// What a case records of the run that writes it.
enum RunDescription {
  static func now() -> RunRecord {
    RunRecord(
      toolVersion: Tool.version, arguments: CommandLine.arguments, host: ProcessInfo.processInfo.hostName,
      environment: Scan.environment, startedAt: RunClock.now())
  }
}
