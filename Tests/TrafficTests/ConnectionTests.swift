import Records
import Testing
import Traffic

/// TCP sequence numbers tell where a connection ends and the next on its ports begins.
@Suite struct ConnectionTests {
  private func talk(_ build: (inout Conversation) -> Void) -> Conversation {
    var talk = Conversation()
    build(&talk)
    return talk
  }

  @Test func aSynOfAnotherNumberBeginsAFlow() {
    let open = talk {
      $0.connection(0, 1000, 5000)
      $0.connection(20_000, 900_000_000, 700_000_000, isClosed: true)
    }
    #expect(open.flows().map(\.endReason) == [.superseded, .finished])
    #expect(open.counts == [[3, 2], [5, 3]])
    #expect(open.flows(.splitcap).count == 1)
    let closed = talk {
      $0.connection(0, 1000, 5000, isClosed: true)
      $0.connection(100, 2_000_000, 3_000_000, isClosed: true)
    }
    #expect(closed.flows().map(\.endReason) == [.finished, .finished])
    #expect(closed.flows().allSatisfy { $0.connState == "SF" && $0.history == "ShADdFf" })
  }

  @Test func aSynOfTheSameNumberDoesNot() {
    // Three attempts, each refused.
    let refused = talk {
      for time in [UInt32(0), 500, 30_000] {
        $0.ask(time, "S", 777)
        $0.answer(time + 1, "RA", 0, 778)
      }
    }
    #expect(refused.counts == [[3, 3]])
    #expect(refused.flows().first?.connState == "REJ" && refused.flows().first?.history == "Sr")
    // With the handshake behind the refusal, or in the middle of the connection.
    let repeated = talk {
      $0.ask(0, "S", 777)
      $0.answer(1, "RA", 0, 778)
      $0.connection(10_000, 777, 5000)
      $0.ask(20_000, "S", 777)
      $0.answer(20_001, "SA", 5000, 778)
    }
    #expect(repeated.counts == [[5, 4]])
    let idle = talk {
      $0.ask(0, "S", 777)
      $0.ask(120_001, "S", 777)
    }
    #expect(idle.flows().map(\.endReason) == [.idle, .endOfCapture])
  }

  @Test func anotherNumberAfterARefusalIsAnotherAttempt() {
    let attempts = talk {
      for number in [UInt32(777), 888_888, 999_999_999] {
        $0.ask(number % 1000, "S", number)
        $0.answer(number % 1000, "RA", 0, number + 1)
      }
    }
    #expect(attempts.counts == [[1, 1], [1, 1], [1, 1]])
    #expect(attempts.flows().allSatisfy { $0.endReason == .reset && $0.connState == "REJ" })
  }

  @Test func portsMayBeUsedInTheOtherDirection() {
    let reversed = talk {
      $0.connection(0, 1000, 5000, isClosed: true)
      $0.answer(100, "S", 60_000_000)
      $0.ask(101, "SA", 70_000_000, 60_000_001)
      $0.answer(102, "A", 60_000_001, 70_000_001)
    }
    #expect(reversed.flows().map(\.originator.port) == [40_000, 443])
    #expect(reversed.counts == [[5, 3], [2, 1]])
    // Both SYNs cross: one connection.
    let crossed = talk {
      $0.ask(0, "S", 1000)
      $0.answer(1, "S", 5000)
      $0.ask(2, "SA", 1000, 5001)
      $0.answer(3, "SA", 5000, 1001)
      $0.answer(9, "S", 5000)
    }
    #expect(crossed.counts == [[2, 3]] && crossed.flows().first?.originator.port == 40_000)
  }

  @Test func whatIsSeenAgainStaysWithItsFlow() {
    let late = talk {
      $0.connection(0, 1000, 5000, isClosed: true)
      for time in [UInt32(20_000), 60_000, 100_000] {
        $0.answer(time, "FA", 5021, 1012)
        $0.ask(time + 1, "A", 1012, 5022)
        $0.ask(time + 2, "R", 1012)
      }
    }
    #expect(late.counts == [[11, 6]])
    // What does not fit the ended connection is another's.
    let stranger = talk {
      $0.connection(0, 1000, 5000, isClosed: true)
      $0.ask(20_000, "PA", 2_000_000_000, 3_000_000_000, payload: 5)
    }
    #expect(stranger.counts == [[5, 3], [1, 0]])
  }

  @Test func keepAlivesAndHalfClosedConnectionsStayWhole() {
    let kept = talk {
      $0.connection(0, 1000, 5000)
      for time in stride(from: UInt32(60_000), to: 600_000, by: 60_000) {
        $0.ask(time, "A", 1010, 5021, payload: 1)
        $0.answer(time, "A", 5021, 1011)
      }
      $0.ask(600_000, "FA", 1011, 5021)
    }
    #expect(kept.flows().count == 1 && kept.flows().first?.connState == "S2")
  }

  @Test func latePacketsGoToTheConnectionTheyAreOf() {
    // The new SYN is captured before the end of the old connection, and the old FIN comes again.
    let overlapping = talk {
      $0.connection(0, 1000, 5000)
      $0.ask(100, "S", 900_000_000)
      $0.ask(101, "FA", 1011, 5021)
      $0.answer(102, "FA", 5021, 1012)
      $0.answer(103, "SA", 700_000_000, 900_000_001)
      $0.ask(104, "A", 1012, 5022)
      $0.ask(105, "A", 900_000_001, 700_000_001)
      $0.answer(5000, "FA", 5021, 1012)
    }
    #expect(overlapping.counts == [[5, 4], [2, 1]])
    #expect(overlapping.flows().map(\.endReason) == [.finished, .endOfCapture])
  }

  @Test func aForgedSynDoesNotCutTheConnection() {
    let forged = talk {
      $0.connection(0, 1000, 5000)
      $0.ask(100, "S", 3_333_333_333)
      for time in stride(from: UInt32(200), to: 400_000, by: 50_000) {
        $0.ask(time, "A", 1011, 5021)
        $0.answer(time, "A", 5021, 1011)
      }
      $0.ask(400_000, "FA", 1011, 5021)
      $0.answer(400_001, "FA", 5021, 1012)
    }
    #expect(forged.flows().map(\.endReason) == [.finished, .idle])
    #expect(forged.flows().map { $0.sent.packets + $0.answered.packets } == [5 + 16 + 2, 1])
  }

  @Test func anyOrderOfTwoConnectionsGivesTheTwo() {
    var random = SplitMix64(seed: 11)
    for _ in 0..<200 {
      var one = talk { $0.connection(0, 4_294_967_290, 4_294_967_280, isClosed: true) }
      one.shuffle(&random)
      #expect(one.counts == [[5, 3]])
      #expect(one.flows().first?.originator.port == 40_000 && one.flows().first?.connState == "SF")
    }
  }

  @Test func dataInASynAndRetransmissionsOfItAreOneConnection() {
    let opened = talk {
      $0.ask(0, "S", 1000, payload: 30)
      $0.answer(1, "SA", 5000, 1031)
      $0.answer(900, "SA", 5000, 1031)
      $0.ask(901, "A", 1031, 5001)
    }
    #expect(opened.counts == [[2, 2]] && opened.flows().first?.history == "ShA")
  }

  @Test func oneDirectionAloneIsCutByItsOwnNumbers() {
    let answers = talk {
      $0.answer(0, "SA", 5000, 1001)
      $0.answer(1, "PA", 5001, 1011, payload: 20)
      $0.answer(200, "SA", 700_000_000, 900_000_001)
      $0.answer(201, "PA", 700_000_001, 900_000_011, payload: 20)
    }
    #expect(answers.counts == [[0, 2], [0, 2]])
  }

  @Test func anEndedFlowIsClosedWhenItsTimeIsOver() {
    var talk = talk { $0.connection(0, 1000, 5000, isClosed: true) }
    let other = Frame.Host(address: [10, 0, 0, 9], port: 9)
    for time in stride(from: UInt32(0), to: 300_000, by: 10_000) { talk.add(time, Frame.udp(other, talk.server)) }
    talk.answer(200_000, "FA", 5021, 1012)
    #expect(talk.counts == [[5, 3], [30, 0], [0, 1]])
  }
}
