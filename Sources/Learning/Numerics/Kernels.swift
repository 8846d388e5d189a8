import COpenBLAS

/// The wall before the two C libraries: this file for OpenBLAS and `Kernels+Elements.swift` for the element loops are
/// the only ones of the module with raw pointers. Every function checks its regions before it calls.
package enum Kernels {
  /// The operands of a product that are read transposed.
  struct Transposed: OptionSet {
    let rawValue: Int
    static let left = Transposed(rawValue: 1)
    static let right = Transposed(rawValue: 2)
  }

  /// One BLAS thread, whatever the environment says: the sum order of a product depends on the number of threads,
  /// and the workers already use every core.
  private static let setUp: Void = openblas_set_num_threads(1)

  /// The kernel OpenBLAS chose for this processor; sums differ between kernels, so runs record it.
  static var name: String { unsafe String(cString: openblas_get_corename()) }

  /// c = a b, or c += a b when `adding`, with a [rows, inner] and b [inner, columns] once transposed.
  static func multiply(
    _ a: borrowing Matrix, _ aRegion: Region, _ b: borrowing Matrix, _ bRegion: Region,
    transposing: Transposed = [], into c: inout Matrix, _ cRegion: Region, adding: Bool
  ) {
    let left = transposing.contains(.left), right = transposing.contains(.right)
    let inner = left ? aRegion.rows : aRegion.columns
    precondition((left ? aRegion.columns : aRegion.rows) == cRegion.rows)
    precondition((right ? bRegion.rows : bRegion.columns) == cRegion.columns)
    precondition((right ? bRegion.columns : bRegion.rows) == inner)
    precondition(aRegion.fits(in: a.count) && bRegion.fits(in: b.count) && cRegion.fits(in: c.count))
    if cRegion.rows == 0 || cRegion.columns == 0 || inner == 0 { return }
    _ = setUp
    var target = c.mutableSpan
    unsafe a.span.withUnsafeBufferPointer { a in
      unsafe b.span.withUnsafeBufferPointer { b in
        unsafe target.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          unsafe cblas_sgemm(
            CblasRowMajor, left ? CblasTrans : CblasNoTrans, right ? CblasTrans : CblasNoTrans,
            blasint(cRegion.rows), blasint(cRegion.columns), blasint(inner), 1,
            a + aRegion.start, blasint(aRegion.stride), b + bRegion.start, blasint(bRegion.stride),
            adding ? 1 : 0, c + cRegion.start, blasint(cRegion.stride))
        }
      }
    }
  }
}
