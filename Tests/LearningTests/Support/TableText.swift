import Foundation
import Learning

/// Feature tables for tests.
enum TableText {
  /// Reads an ARFF text, some bytes at a time.
  static func arff(
    _ text: some Sequence<UInt8>, className: String? = nil, chunk: Int = 1 << 20,
    limits: FeatureTableLimits = FeatureTableLimits()
  ) throws(FeatureTableError) -> FeatureTable {
    var reader = ARFFReader(className: className, limits: limits)
    let bytes = Array(text)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      try reader.feed(Array(bytes[start..<min(start + chunk, bytes.count)]))
    }
    return try reader.finish()
  }

  static func csv(
    _ text: some Sequence<UInt8>, className: String? = nil, limits: FeatureTableLimits = FeatureTableLimits()
  ) throws(FeatureTableError) -> FeatureTable {
    var reader = CSVTableReader(className: className, limits: limits)
    try reader.feed(Array(text))
    return try reader.finish()
  }

  static func mixed() throws -> FeatureTable { try arff(Fixtures.bytes("trees/mixed.arff")) }

  /// Only the numbers of the mixed table.
  static func numbers() throws -> FeatureTable {
    let mixed = try mixed()
    let kept = mixed.features.indices.filter { mixed.features[$0].categories == nil }
    var table = FeatureTable(features: kept.map { mixed.features[$0] }, labels: mixed.labels)
    for row in 0..<mixed.rowCount {
      let values = mixed.row(row)
      table.append(kept.map { values[$0] }, label: mixed.targets[row])
    }
    return table
  }
}
