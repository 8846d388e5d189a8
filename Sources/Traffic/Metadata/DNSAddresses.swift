import Records

/// Whose the addresses of a response are, from all its sections.
///
/// An address belongs to the owner of its record. Where the name asked for leads to the owner through aliases (CNAME) or
/// service bindings (SVCB and HTTPS, RFC 9460), the name asked for resolved to the address too and comes first. The targets
/// of SRV, MX and NS are hosts of their own: a domain's mail server is not the domain.
struct DNSAddresses {
  private var found: [(address: IPAddress, owner: String)] = []
  private var aliases: [(from: String, to: String)] = []

  private static let addressLimit = 256, aliasLimit = 64
  private enum Parameter { static let addresses = 4, addressesV6 = 6 }

  mutating func read(_ record: DNSRecord, in message: ArraySlice<UInt8>) {
    let start = message.startIndex
    let data = message[start + record.data.lowerBound..<start + record.data.upperBound]
    switch record.type {
    case DNSRecord.address, DNSRecord.addressV6:
      let length = record.type == DNSRecord.address ? 4 : 16
      if data.count == length { add(data, each: length, owner: ServerName(domain: record.owner).name) }
    case DNSRecord.alias:
      let (target, _) = DomainName.read(message, at: record.data.lowerBound)
      addAlias(ServerName(domain: record.owner).name, ServerName(domain: target).name)
    case DNSRecord.serviceBinding, DNSRecord.https: readBinding(record, in: message)
    default: return
    }
  }

  /// RFC 9460 section 2.2: priority, target, parameters.
  private mutating func readBinding(_ record: DNSRecord, in message: ArraySlice<UInt8>) {
    let owner = ServerName(domain: record.owner).name
    let whole = message[..<(message.startIndex + record.data.upperBound)]
    let (target, end) = DomainName.read(whole, at: record.data.lowerBound + 2)
    guard record.data.count > 2, case .at(let offset) = end else { return }
    // The root stands for the owner.
    let name = target.labels.isEmpty ? owner : ServerName(domain: target).name
    if name != owner { addAlias(owner, name) }
    var parameters = ByteReader(whole[(message.startIndex + offset)...])
    while let key = parameters.uint16(), let value = parameters.vector16() {
      if key == Parameter.addresses { add(value, each: 4, owner: name) }
      if key == Parameter.addressesV6 { add(value, each: 16, owner: name) }
    }
  }

  private mutating func add(_ bytes: ArraySlice<UInt8>, each length: Int, owner: String) {
    var rest = bytes
    while rest.count >= length, found.count < Self.addressLimit {
      found.append((Self.address(rest.prefix(length)), owner))
      rest = rest.dropFirst(length)
    }
  }

  private mutating func addAlias(_ from: String, _ to: String) {
    if aliases.count < Self.aliasLimit { aliases.append((from, to)) }
  }

  /// - Parameter bytes: 4 or 16.
  private static func address(_ bytes: ArraySlice<UInt8>) -> IPAddress {
    func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    return bytes.count == 4
      ? IPAddress(v4: UInt32(truncatingIfNeeded: word(bytes)))
      : IPAddress(v6High: word(bytes.prefix(8)), low: word(bytes.suffix(8)))
  }

  /// Each address with the name asked for, where it is reached from there, and with its owner's.
  func named(for question: DomainName?) -> [(address: IPAddress, name: String)] {
    guard let question = question.map({ ServerName(domain: $0).name }), !aliases.isEmpty else {
      return found.map { ($0.address, $0.owner) }
    }
    let reached = reached(from: question)
    return found.flatMap { address, owner in
      owner != question && reached.contains(owner) ? [(address, question), (address, owner)] : [(address, owner)]
    }
  }

  /// Answers come in any order, and aliases may turn in a circle.
  private func reached(from name: String) -> Set<String> {
    var reached: Set = [name], waiting = [name]
    while let next = waiting.popLast() {
      for alias in aliases where alias.from == next && reached.insert(alias.to).inserted { waiting.append(alias.to) }
    }
    return reached
  }
}
