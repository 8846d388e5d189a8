package import Records

/// The words of the names that a flow asks for, or that had been resolved to its responder's address.
///
/// A name is the one thing that an application says of itself in the same way in every network. Words are runs of three letters or
/// more, in lower case: `r3---sn-4g5e.googlevideo.com` has `googlevideo` and `com`. What stands between them tells machines and
/// regions apart, not applications.
package struct NameWords {
  /// Most words of a model's vocabulary.
  package static let limit = 256
  /// Shortest and longest run of letters that is a word.
  static let lengths = 3...24

  /// The words of a flow's names, each once, in order of the alphabet.
  package static func words(of record: FlowRecord) -> [String] {
    var found: Set<String> = []
    for text in [record.serverName, record.metadata?.otherNames, record.metadata?.resolvedNames] {
      if let text { collect(text, into: &found) }
    }
    return found.sorted()
  }

  private static func collect(_ text: String, into found: inout Set<String>) {
    var word: [UInt8] = []
    func end() {
      if lengths.contains(word.count) { found.insert(String(decoding: word, as: UTF8.self)) }
      word.removeAll(keepingCapacity: true)
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): word.append(byte)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte + 32)
      default: end()
      }
    }
    end()
  }

  /// The words that a model is to know: those that flows of at least two groups have, most groups first, so that a word is of an
  /// application rather than of one recording.
  package static func vocabulary(_ flows: [(words: [String], group: String)]) -> [String] {
    var groups: [String: Set<String>] = [:]
    for flow in flows { for word in flow.words { groups[word, default: []].insert(flow.group) } }
    let shared = groups.filter { $0.value.count > 1 }
    return shared.keys.sorted { (-(shared[$0]?.count ?? 0), $0) < (-(shared[$1]?.count ?? 0), $1) }
      .prefix(limit).map { $0 }
  }
}
