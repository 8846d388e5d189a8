/// Count, range, mean and spread of values that are seen once each.
struct RunningSummary: Sendable, Equatable {
  private(set) var count = 0
  /// Of no value -1, as in the published tables.
  private(set) var least: Int64 = -1
  private(set) var largest: Int64 = -1
  /// Of no value 0.
  private(set) var mean = 0.0
  private var squares = 0.0

  /// Takes a value in by Welford's recurrence, which loses no digits where the values are large and their spread small.
  mutating func add(_ value: Int64) {
    count += 1
    least = count == 1 ? value : min(least, value)
    largest = max(largest, value)
    let distance = Double(value) - mean
    mean += distance / Double(count)
    squares += distance * (Double(value) - mean)
  }

  /// Standard deviation of a sample (n - 1); 0 of fewer than two values.
  var deviation: Double { count > 1 ? (squares / Double(count - 1)).squareRoot() : 0 }
}
