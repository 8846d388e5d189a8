/// How the D input columns are cut into panels in training, so that panels of zeros need not be multiplied.
///
/// A product over D columns is the sum of the products over its panels. A panel in which a packet has only zeros adds
/// nothing, so short packets cost little.
package struct PanelPlan: Sendable, Equatable {
  /// Columns of a panel: a multiple of 8 near 96. Narrower panels would skip more but pay more for each product.
  package let width: Int
  package let count: Int
  /// Columns of one byte: 8 for bits.
  let columnsPerByte: Int
  /// First panel with a channel; `count` without channels. Channels are rarely 0, so these are always multiplied.
  package let firstChannelPanel: Int

  /// The columns in the order of the contract: bytes, then channels.
  package init(_ contract: InputContract) {
    self.init(
      columns: contract.valuesPerPacket, byteColumns: contract.byteValues,
      columnsPerByte: contract.encoding == .bits ? 8 : 1)
  }

  /// - Parameters:
  ///   - columns: D. - byteColumns: how many of them lie before the channels at the end.
  ///   - columnsPerByte: 8 for bits, else 1.
  package init(columns: Int, byteColumns: Int, columnsPerByte: Int = 1) {
    let wanted = max(1, (columns + 48) / 96)
    width = ((columns + wanted - 1) / wanted + 7) / 8 * 8
    count = (columns + width - 1) / width
    self.columnsPerByte = columnsPerByte
    firstChannelPanel = byteColumns < columns ? byteColumns / width : count
  }

  /// Panels from the first on that a packet with this many bytes has values in.
  package func panels(forBytes bytes: Int) -> Int { (bytes * columnsPerByte + width - 1) / width }

  func columns(of panel: Int) -> Range<Int> { panel * width..<(panel + 1) * width }
}
