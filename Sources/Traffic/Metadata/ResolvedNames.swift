import Records

/// The names that DNS answers in the evidence gave for addresses. Bounded: the oldest addresses are forgotten.
struct ResolvedNames {
  private struct Entry {
    var name: String
    var client: IPAddress
  }

  private static let addressLimit = 50_000
  /// Names kept for an address.
  private static let nameLimit = 8
  /// Names told for a flow.
  private static let answerLimit = 4

  private var names: [IPAddress: [Entry]] = [:]
  private var order: [IPAddress] = []
  private var oldest = 0

  var isEmpty: Bool { names.isEmpty }

  /// - Parameter client: who was told.
  mutating func learn(_ message: DNSMessage, client: IPAddress) {
    // The latest name comes first, so the name asked for, which precedes its record's, is learned behind it.
    for (address, name) in message.addresses.reversed() {
      if names[address] == nil { remember(address) }
      var entries = names[address] ?? []
      entries.removeAll { $0.name == name && $0.client == client }
      entries.insert(Entry(name: name, client: client), at: 0)
      if entries.count > Self.nameLimit { entries.removeLast() }
      names[address] = entries
    }
  }

  private mutating func remember(_ address: IPAddress) {
    if order.count < Self.addressLimit {
      order.append(address)
    } else {
      names[order[oldest]] = nil
      order[oldest] = address
      oldest = (oldest + 1) % Self.addressLimit
    }
  }

  /// Names that resolved to an address, those that `client` asked for first, the latest first, joined by commas.
  func text(for address: IPAddress, client: IPAddress) -> String? {
    guard let entries = names[address] else { return nil }
    var found: [String] = []
    for entry in entries.filter({ $0.client == client }) + entries where !found.contains(entry.name) {
      found.append(entry.name)
    }
    return found.prefix(Self.answerLimit).joined(separator: ",")
  }
}
