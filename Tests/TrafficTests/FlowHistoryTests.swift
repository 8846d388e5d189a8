import Records
import Testing
import Traffic

/// The letters of `history` are those Zeek would write.
@Suite struct FlowHistoryTests {
  private func expect(
    _ history: String, at location: SourceLocation = #_sourceLocation, of build: (inout Conversation) -> Void
  ) {
    var talk = Conversation()
    build(&talk)
    #expect(talk.flows().map(\.history) == [history], sourceLocation: location)
  }

  @Test func otherFlagsChangeNoLetter() {
    expect("ShADadFf") {
      $0.ask(0, "SEC", 1000)
      $0.answer(1, "SAE", 9000, 1001)
      $0.ask(2, "AE", 1001, 9001)
      $0.ask(3, "PAC", 1001, 9001, payload: 5)
      $0.answer(4, "APU", 9001, 1006)
      $0.answer(5, "PA", 9001, 1006, payload: 2)
      $0.ask(6, "FPA", 1006, 9003)
      $0.answer(7, "FAE", 9003, 1007)
    }
  }

  @Test func controlFlagsTogetherHaveALetterOfTheirOwn() {
    expect("Q") { $0.ask(0, "SF", 1) }
    expect("Q") { $0.ask(0, "SR", 1) }
    expect("I") { $0.ask(0, "FRA", 1, 1) }
    var talk = Conversation()
    talk.connection(0, 1000, 5000)
    talk.ask(9, "FRA", 1011, 5021)
    #expect(talk.flows().first?.endReason == .reset && talk.flows().first?.connState == "RSTO")
  }

  @Test func payloadSeenAgainIsARetransmission() {
    expect("ShADdT") {
      $0.connection(0, 1000, 5000)
      $0.ask(9, "PA", 1001, 5021, payload: 10)
      $0.ask(10, "PA", 1006, 5021, payload: 5)
    }
    // One that was overtaken had not been seen, nor had what only overlaps.
    expect("SD") {
      $0.ask(0, "S", 1000)
      $0.ask(1, "A", 1011, 1, payload: 10)
      $0.ask(2, "A", 1001, 1, payload: 10)
      $0.ask(3, "A", 1016, 1, payload: 10)
    }
    expect("SDT") {
      $0.ask(0, "S", 1000)
      $0.ask(1, "A", 1011, 1, payload: 10)
      $0.ask(2, "A", 1011, 1, payload: 10)
    }
  }

  @Test func acknowledgedPayloadThatWasNotCapturedIsAGap() {
    expect("ShDaGAg") {
      $0.ask(0, "S", 1000)
      $0.answer(1, "SA", 5000, 1001)
      $0.ask(2, "A", 1101, 5001, payload: 10)
      $0.answer(3, "A", 5001, 1111)
      $0.ask(4, "A", 1111, 5501)
    }
    // A FIN that is missing takes one number too; and before the acknowledgment nothing is missing for certain.
    expect("ShADd") {
      $0.connection(0, 1000, 5000)
      $0.ask(9, "A", 1011, 5022)
    }
    expect("ShADd") {
      $0.connection(0, 1000, 5000)
      $0.ask(9, "PA", 1111, 5021, payload: 10)
    }
  }

  @Test func aFullWindowIsToldWhileMoreCanCome() {
    expect("ShADdaw") {
      $0.connection(0, 1000, 5000)
      $0.answer(9, "A", 5021, 1011, window: 0)
    }
    expect("ShADdFra") {
      $0.connection(0, 1000, 5000)
      $0.ask(9, "FA", 1011, 5021)
      $0.answer(10, "RA", 5021, 1012, window: 0)
      $0.answer(11, "A", 5021, 1012, window: 0)
    }
  }

  @Test func numbersThatWrapRoundAreFollowed() {
    var talk = Conversation()
    talk.connection(0, 4_294_967_291, 4_294_967_280, isClosed: true)
    #expect(talk.flows().first?.history == "ShADdFf" && talk.flows().count == 1)
  }

  @Test func theStreamForgetsNothingThatMatters() {
    var stream = TCPStream()
    func take(_ sequence: UInt32, _ length: Int, isSYN: Bool = false) -> Bool {
      stream.take(sequence, length: length, isSYN: isSYN, isFIN: false)
    }
    #expect(!take(.max, 0, isSYN: true))
    #expect(!take(0, 100))
    #expect(take(0, 100))
    #expect(!take(200, 100))
    #expect(stream.isGap(before: 300) && !stream.isGap(before: 100))
    #expect(!take(90, 110))
    #expect(!stream.isGap(before: 300) && stream.isGap(before: 302))
    #expect(stream.covers(.max) && stream.covers(300) && !stream.covers(.max - 1) && !stream.covers(9_000_000))
    // Gigabytes later the numbers of the beginning are those of another connection.
    for number in stride(from: UInt32(300), to: 4_000_000_000, by: 1_000_000) { _ = take(number, 1_000_000) }
    #expect(stream.covers(3_999_000_000) && !stream.covers(2_000_000_000))
  }
}
