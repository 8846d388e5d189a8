import Foundation
import Records
import Testing
import Traffic

@Suite struct FlowTimeStatisticsTests {
  /// - Parameter packets: microseconds since the first, direction, and bytes.
  private static func statistics(_ packets: [(Int64, Bool, Int)], start: Int64 = 1_429_000_000_000_000)
    -> FlowTimeStatistics
  {
    var statistics = FlowTimeStatistics()
    for (time, isForward, bytes) in packets {
      statistics.add(
        time: CaptureTime(nanoseconds: (start + time) * 1000 + 999), fromOriginator: isForward, ipBytes: bytes)
    }
    return statistics
  }

  /// Rows of the published 60 s table whose packets follow from the row itself. The table gives means and deviations from
  /// ten million on with three digits.
  @Test(
    arguments: [
      (
        [(0, true, 40), (69, false, 40), (14_512_571, true, 40)],
        "14512571,14512571,-1,14512571,-1,14500000,0,0,0,0.2067173349,8.2686933969,69,14512502,7256285.5,10300000,14512571,14500000,14512571,0,14512502,14500000,14512502,0"
      ),
      (
        [(0, true, 41), (58_053, false, 45), (29_999_577, true, 41), (30_058_560, false, 45)],
        "30058560,29999577,30000507,29999577,30000507,30000000,30000000,0,0,0.1330735737,5.7221636698,58053,29941524,10000000,17300000,29999577,30000000,29999577,0,29941524,29900000,29941524,0"
      ),
      (
        [(0, true, 40), (76, false, 40)],
        "76,-1,-1,-1,-1,0,0,0,0,26315.7894736842,1052631.57894737,76,76,76,0,-1,0,-1,0,-1,0,-1,0"
      ),
      ([(0, true, 40)], "0,-1,-1,-1,-1,0,0,0,0,0,0,-1,-1,0,0,-1,0,-1,0,-1,0,-1,0"),
    ] as [([(Int64, Bool, Int)], String)])
  func publishedRowsAreReproduced(packets: [(Int64, Bool, Int)], row: String) {
    let features = Self.statistics(packets).features
    let published = row.split(separator: ",").compactMap { Double($0) }
    #expect(features.count == FlowTimeStatistics.names.count)
    for (index, name) in FlowTimeStatistics.names.enumerated() {
      let isCut = published[index] >= 1e7 && (name.hasPrefix("mean") || name.hasPrefix("std"))
      let tolerance = isCut ? 5e-3 * published[index] : 1e-9 * max(1, published[index].magnitude)
      #expect(abs(features[index] - published[index]) <= tolerance, "\(name)")
    }
  }

  @Test func periodsOfActivityEndWithTheirGap() {
    let statistics = Self.statistics([
      (0, true, 1), (400_000, true, 1), (1_400_001, false, 1), (1_500_000, true, 1), (4_500_000, true, 1),
      (5_500_000, true, 1),
    ])
    let features = Dictionary(uniqueKeysWithValues: zip(FlowTimeStatistics.names, statistics.features))
    // A gap of a second exactly ends nothing, and the last period is not counted.
    #expect(features["min_idle"] == 1_000_001)
    #expect(features["max_idle"] == 3_000_000)
    #expect(features["min_active"] == 1_400_001)
    #expect(features["max_active"] == 3_099_999)
    #expect(features["duration"] == 5_500_000)
  }

  @Test func directionsCanBeTurnedRound() {
    let packets: [(Int64, Bool, Int)] = [(0, true, 9), (5, false, 8), (30, true, 7), (90, false, 6), (95, false, 5)]
    var turned = Self.statistics(packets.map { ($0, !$1, $2) })
    #expect(turned.features != Self.statistics(packets).features)
    turned.swapEnds()
    #expect(turned == Self.statistics(packets))
  }

  @Test func disorderAndExtremeTimesDoNoHarm() {
    #expect(Self.statistics([(100, true, 1), (40, false, 1), (160, true, 1)]).features[0] == 60)
    var statistics = FlowTimeStatistics()
    for time in [Int64.min, .max, 0, .min, .max] {
      statistics.add(time: CaptureTime(nanoseconds: time), fromOriginator: true, ipBytes: .max)
    }
    let features = statistics.features
    #expect(!features.contains { !$0.isFinite })
  }

  /// The names are the columns of the 60 s table; those of the other three tables are wrong by one for the inter-arrival
  /// times (their `total` holds the least, `min` the largest, and so on).
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"] != nil,
      "FLOWCASE_CORPUS is not set: the published feature tables were not read"))
  func namesAreThePublishedOnes() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["FLOWCASE_CORPUS"])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/zstd")
    process.arguments = ["-dc", folder + "/iscx-timefeatures/TimeBasedFeatures-Dataset-60s-VPN.arff.zst"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let names = text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("@ATTRIBUTE") }
      .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
    #expect(names.dropLast() == FlowTimeStatistics.names[...])
  }
}
