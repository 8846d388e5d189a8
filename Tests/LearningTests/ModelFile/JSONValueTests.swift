import Learning
import Testing

@Suite struct JSONValueTests {
  @Test func `reads and writes every kind of value`() throws {
    let text = #" {"b":[1,-2.5,1e3,true,false,null],"a":"q\"\\\n\u00e9\ud83d\ude00","":{}} "#
    let value = try JSONValue(parsing: text)
    #expect(value.members?["a"] == .string("q\"\\\né😀"))
    #expect(value.canonicalText == "{\"\":{},\"a\":\"q\\\"\\\\\\né😀\",\"b\":[1,-2.5,1000,true,false,null]}")
    #expect(try JSONValue(parsing: value.canonicalText) == value)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "01", "1.", "-", "1e", "+1", ".5", "\"\u{1}\"",
    "\"\\x\"",
    "\"\\ud800\"", "\"\\udc00\"", "\"\\u12\"", "nul", "1 2", "\"", "[1", "{\"a\"}", "1e999", "NaN", "\"\\",
    "\"\\ud83d\\u0041\"",
  ]) func `refuses what is not strict JSON`(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func `refuses bytes that are not UTF-8, and deep nesting`() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    #expect(throws: JSONError.self) {
      try JSONValue(parsing: String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000))
    }
  }

  @Test func `whole numbers end at 2^53`() throws {
    #expect(try JSONValue(parsing: "9007199254740992").wholeNumber == 1 << 53)
    #expect(try JSONValue(parsing: "9007199254740994").wholeNumber == nil)
    #expect(try JSONValue(parsing: "1.5").wholeNumber == nil)
  }
}
