/// A packet of a batch and the number of its bytes that count.
struct PacketPlace: Equatable {
  var rank: Int, step: Int
  var count: Int

  /// Packets of like length together, longest first, so that each group can step through its bytes together.
  ///
  /// - Parameters:
  ///   - byteLimit: bytes of a group, unless one packet has more. - packetLimit: packets of a group.
  static func groups(_ places: [PacketPlace], byteLimit: Int, packetLimit: Int) -> [[PacketPlace]] {
    var result: [[PacketPlace]] = []
    var room = 0
    // Sorted by place too, so that the order is one and the same whatever the sort does with equals.
    for place in places.sorted(by: { ($1.count, $0.rank, $0.step) < ($0.count, $1.rank, $1.step) }) {
      if let last = result.last, last.count < packetLimit, place.count <= room {
        result[result.count - 1].append(place)
        room -= place.count
      } else {
        result.append([place])
        room = byteLimit - place.count
      }
    }
    return result
  }
}
