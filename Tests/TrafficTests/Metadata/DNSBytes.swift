/// Writes DNS messages for the tests.
enum DNSBytes {
  static func name(_ text: String) -> [UInt8] {
    text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  static func question(_ name: [UInt8], type: UInt16 = 1, class group: UInt16 = 1) -> [UInt8] {
    name + Frame.big(type) + Frame.big(group)
  }

  static func record(_ name: [UInt8], type: UInt16, class group: UInt16 = 1, _ data: [UInt8]) -> [UInt8] {
    name + Frame.big(type) + Frame.big(group) + [0, 0, 0, 60] + Frame.big(UInt16(data.count)) + data
  }

  /// - Parameter flags: a response with recursion, unless told otherwise.
  static func message(
    flags: UInt16 = 0x8180, questions: [[UInt8]] = [], answers: [[UInt8]] = [], authorities: [[UInt8]] = [],
    additions: [[UInt8]] = []
  ) -> [UInt8] {
    let sections = [questions, answers, authorities, additions]
    return [0xab, 0xcd] + Frame.big(flags) + sections.flatMap { Frame.big(UInt16($0.count)) }
      + sections.flatMap { $0.flatMap { $0 } }
  }
}
