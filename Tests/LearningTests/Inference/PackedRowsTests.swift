import Learning
import Testing

@Suite struct PackedRowsTests {
  @Test func `longest flows first, packets by step`() {
    let packed = PackedRows(counts: [2, 0, 3, 2])
    #expect(packed.order == [2, 0, 3, 1])
    #expect(packed.lengths == [3, 2, 2, 0])
    #expect(packed.active == [3, 3, 1])
    #expect(packed.offsets == [0, 3, 6, 7])
    #expect(packed.rows == 7 && packed.steps == 3)
    #expect(packed.row(1, 1) == 4)
  }

  @Test func `no flows, and flows without packets`() {
    #expect(PackedRows(counts: []).rows == 0)
    #expect(PackedRows(counts: [0, 0]).offsets == [0])
  }
}
