import Records

/// A decompressed stream that ends, with a problem, where the file's budget does.
final class BudgetedStream: ByteStream {
  private let source: any ByteStream
  private let budget: ExpansionBudget
  private var hasEnded = false

  init(_ source: any ByteStream, _ budget: ExpansionBudget) {
    self.source = source
    self.budget = budget
  }

  func next() throws(StreamDamage) -> [UInt8]? {
    guard !hasEnded else { return nil }
    guard budget.rest > 0 else {
      hasEnded = true
      throw StreamDamage(budget.problem)
    }
    let chunk = try source.next()
    budget.spend(chunk?.count ?? 0)
    return chunk
  }
}
