/// What stands between the sixteen bytes of a pcap record header and the packet. Three patches of 1999 to Linux's libpcap
/// and one vendor added fields; two of them under the standard magic number, so that only the records tell.
enum PcapVariant {
  case standard
  /// Interface index, protocol and packet type: Red Hat 6.1 under the standard magic, others under 0xa1b2cd34.
  case modified
  /// The same with four bytes more, under 0xa1b2cd34: SuSE 6.3.
  case modifiedLong
  /// Four bytes of unknown meaning: Nokia's IPSO.
  case nokia

  /// Bytes of a record header.
  var headerLength: Int {
    switch self {
    case .standard: 16
    case .modified: 24
    case .modifiedLong: 28
    case .nokia: 20
    }
  }

  /// How many of the first records are looked at, and how many bytes of them.
  static let recordsTried = 3, bytesTried = 16_384

  /// What is wrong with a record header if it is one of this variant, as a number of faults. Microseconds only: the
  /// variants are older than nanoseconds.
  func faults(_ bytes: RawSpan, _ position: Int, swapped: Bool, snapshotLength: Int) -> Int {
    let fraction = bytes.uint32(position + 4, swapped: swapped)
    let captured = Int(bytes.uint32(position + 8, swapped: swapped))
    let original = Int(bytes.uint32(position + 12, swapped: swapped))
    var faults = 0
    if fraction >= 1_000_000 { faults += 1 }
    if captured > CaptureLimits.packetBytes { faults += 1 }
    if captured > snapshotLength { faults += 1 }
    if original > 128 << 20 { faults += 1 }
    if captured > original { faults += 1 }
    switch self {
    case .standard: break
    case .modified, .modifiedLong:
      if bytes.uint32(position + 16, swapped: swapped) > 10_000 { faults += 1 }
      // An EtherType, or one of the numbers Linux used beside them then.
      let type = bytes.uint16(position + 20, swapped: swapped)
      if type < 0x0600, type > 0x17, ![0x60, 0x200, 0x400].contains(type) { faults += 1 }
      if bytes.uint8(position + 22) > 4 { faults += 1 }
    case .nokia:
      // The values seen: one of two in each changing digit.
      let word = bytes.uint32(position + 16, swapped: swapped)
      let digits = [word >> 28, word >> 12 & 0xf, word >> 8 & 0xf, word & 0xf]
      let known: [Set<UInt32>] = [[9, 0xb], [0xb, 0xd], [6, 9], [1, 2]]
      if word & 0x0fff_00f0 != 0x0fbf_0000 || zip(digits, known).contains(where: { !$1.contains($0) }) { faults += 1 }
    }
    return faults
  }

  /// The variant under which the first records have the fewest faults; the earlier of two that are equal.
  ///
  /// - Parameters:
  ///   - bytes: the capture from its file header, no more than `bytesTried` of its records.
  ///   - isWhole: whether there is nothing behind them.
  static func choose(
    from variants: [Self], _ bytes: RawSpan, from start: Int, swapped: Bool, snapshotLength: Int, isWhole: Bool
  ) -> Self {
    var best = variants.first ?? .standard
    var fewest = Int.max
    for variant in variants {
      var position = start
      var faults = 0
      for _ in 0..<recordsTried {
        guard position < bytes.byteCount else {
          if position > bytes.byteCount, isWhole { faults += 1 }
          break
        }
        guard position + variant.headerLength <= bytes.byteCount else {
          if isWhole { faults += 1 }
          break
        }
        faults += variant.faults(bytes, position, swapped: swapped, snapshotLength: snapshotLength)
        let captured = Int(bytes.uint32(position + 8, swapped: swapped))
        guard captured <= CaptureLimits.packetBytes else { break }
        position += variant.headerLength + captured
      }
      if faults < fewest { (best, fewest) = (variant, faults) }
    }
    return best
  }
}
