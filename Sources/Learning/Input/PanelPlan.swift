/// How the D input columns are cut into panels, so that panels of zeros need not be multiplied.
///
/// A product over D columns is the sum of the products over its panels, in order. A panel in which a packet has only
/// zeros adds exactly +0 to each sum, so leaving it out gives the same bits; short packets cost little that way. The
/// width depends on D alone, never on the data.
package struct PanelPlan: Sendable, Equatable {
  /// Columns of a panel: a multiple of 8 near 96. Narrower panels would skip more but pay more for each product.
  package let width: Int
  package let count: Int
  /// Columns of one byte: 8 for bits.
  let columnsPerByte: Int
  /// Columns before the first byte: the channels, where they are put first.
  let leadingColumns: Int
  /// First panel with a channel; `count` without channels. Channels are rarely 0, so these are always multiplied.
  package let firstChannelPanel: Int

  /// The columns in the order of the contract: bytes, then channels.
  package init(_ contract: InputContract) {
    self.init(
      columns: contract.valuesPerPacket, byteColumns: contract.byteValues,
      columnsPerByte: contract.encoding == .bits ? 8 : 1)
  }

  /// The columns with the channels moved to the front, where a panel is always multiplied anyway.
  package init(channelsFirst contract: InputContract) {
    self.init(
      columns: contract.valuesPerPacket, byteColumns: contract.valuesPerPacket,
      columnsPerByte: contract.encoding == .bits ? 8 : 1, leadingColumns: contract.channels.count)
  }

  /// - Parameters:
  ///   - columns: D. - byteColumns: how many of them lie before the channels at the end.
  ///   - columnsPerByte: 8 for bits, else 1. - leadingColumns: how many lie before the first byte.
  package init(columns: Int, byteColumns: Int, columnsPerByte: Int = 1, leadingColumns: Int = 0) {
    let wanted = max(1, (columns + 48) / 96)
    width = ((columns + wanted - 1) / wanted + 7) / 8 * 8
    count = (columns + width - 1) / width
    self.columnsPerByte = columnsPerByte
    self.leadingColumns = leadingColumns
    firstChannelPanel = byteColumns < columns ? byteColumns / width : count
  }

  /// Columns once the last panel is filled up with zeros.
  var paddedColumns: Int { width * count }

  /// Panels from the first on that a packet with this many bytes has values in.
  package func panels(forBytes bytes: Int) -> Int { (leadingColumns + bytes * columnsPerByte + width - 1) / width }

  func columns(of panel: Int) -> Range<Int> { panel * width..<(panel + 1) * width }
}
