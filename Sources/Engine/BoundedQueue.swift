/// A blocking queue of at most `capacity` elements between one producer and one consumer.
final class BoundedQueue<Element: Sendable>: Sendable {
  private struct Contents {
    var elements: [Element] = []
    var isClosed = false
  }

  private let capacity: Int
  private let contents = Monitor(Contents())

  init(capacity: Int) { self.capacity = capacity }

  /// Waits while the queue is full; drops the element when the consumer has closed the queue.
  func append(_ element: Element) {
    contents.wait { contents in
      if contents.isClosed { return () }
      guard contents.elements.count < capacity else { return nil }
      contents.elements.append(element)
      return ()
    }
  }

  /// The oldest element; `nil` once the queue is closed and empty.
  func next() -> Element? {
    contents.wait { contents -> Element?? in
      if !contents.elements.isEmpty { return .some(contents.elements.removeFirst()) }
      return contents.isClosed ? .some(nil) : nil
    }
  }

  /// No more elements will come, or none are wanted.
  func close() { contents.withLock { $0.isClosed = true } }
}
