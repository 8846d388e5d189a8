import CXGBoost

/// Why libxgboost could not train.
package struct XGBoostError: Error, Sendable, Equatable, CustomStringConvertible {
  package var description: String
}

/// Training by libxgboost, through its C interface; this file alone calls it.
///
/// Only training does: what it makes becomes ``BoostedTrees``, so that neither scanning nor loading a model file hands
/// bytes from elsewhere to the library's parser.
enum XGBoostLibrary {
  /// Boosts trees.
  ///
  /// - Parameters:
  ///   - values: row-major, `features` values a row; NaN is missing. - labels: class by row, as whole numbers.
  ///   - weights: what each row counts; all alike where it is `nil`.
  ///   - parameters: the library's own names and values. - rounds: times a tree is added for each class.
  /// - Returns: the model in the library's JSON format.
  static func train(
    values: [Float], features: Int, labels: [Float], weights: [Float]? = nil, margins: [Float]? = nil,
    parameters: [(String, String)],
    rounds: Int
  ) throws(XGBoostError) -> [UInt8] {
    let matrix = try Matrix(values, features: features)
    try matrix.set("label", labels, "take the classes")
    if let weights { try matrix.set("weight", weights, "take the weights") }
    if let margins { try matrix.set("base_margin", margins, "take the scores to begin from") }
    let booster = try Booster(for: matrix)
    for (name, value) in parameters { try booster.set(name, value) }
    for round in 0..<rounds { try booster.update(CInt(clamping: round), matrix) }
    return try booster.json()
  }

  /// Sums of the leaves before softmax, row-major, as the library computes them: what a test compares ours with.
  static func margins(json: [UInt8], values: [Float], features: Int) throws(XGBoostError) -> [Float] {
    let matrix = try Matrix(values, features: features)
    let booster = try Booster(for: nil)
    return try booster.margins(json: json, matrix)
  }

  private static func check(_ status: CInt, _ what: String) throws(XGBoostError) {
    guard status != 0 else { return }
    let reason = unsafe XGBGetLastError().map { unsafe String(cString: $0) } ?? ""
    // The library's message goes on with a trace of its calls.
    let line = reason.split(separator: "\n").first.map { String($0) } ?? "it gave no reason"
    throw XGBoostError(description: "libxgboost cannot \(what): \(line)")
  }

  @safe private final class Matrix {
    let handle: DMatrixHandle?

    init(_ values: [Float], features: Int) throws(XGBoostError) {
      guard features > 0, !values.isEmpty, values.count % features == 0 else {
        throw XGBoostError(description: "libxgboost cannot take a table of no rows")
      }
      var created: DMatrixHandle?
      let status = unsafe values.withUnsafeBufferPointer {
        unsafe XGDMatrixCreateFromMat(
          $0.baseAddress, bst_ulong(values.count / features), bst_ulong(features), .nan, &created)
      }
      unsafe handle = created
      try check(status, "take the table")
    }

    /// Gives each row a number that the library knows by name.
    func set(_ name: String, _ values: [Float], _ what: String) throws(XGBoostError) {
      let status = unsafe values.withUnsafeBufferPointer {
        unsafe XGDMatrixSetFloatInfo(handle, name, $0.baseAddress, bst_ulong(values.count))
      }
      try check(status, what)
    }

    deinit { _ = unsafe XGDMatrixFree(handle) }
  }

  @safe private final class Booster {
    private let handle: BoosterHandle?

    init(for matrix: Matrix?) throws(XGBoostError) {
      var created: BoosterHandle?
      var matrices = unsafe [matrix?.handle]
      let count = bst_ulong(matrix == nil ? 0 : 1)
      let status = unsafe matrices.withUnsafeMutableBufferPointer {
        unsafe XGBoosterCreate($0.baseAddress, count, &created)
      }
      unsafe handle = created
      try check(status, "begin")
    }

    func set(_ name: String, _ value: String) throws(XGBoostError) {
      try check(unsafe XGBoosterSetParam(handle, name, value), "set \(name) to \(value)")
    }

    func update(_ round: CInt, _ matrix: Matrix) throws(XGBoostError) {
      try check(unsafe XGBoosterUpdateOneIter(handle, round, matrix.handle), "add trees")
    }

    func json() throws(XGBoostError) -> [UInt8] {
      var count: bst_ulong = 0
      var bytes: UnsafePointer<CChar>?
      try check(unsafe XGBoosterSaveModelToBuffer(handle, #"{"format":"json"}"#, &count, &bytes), "save the model")
      guard let start = unsafe bytes else { return [] }
      return unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(count)))
    }

    func margins(json: [UInt8], _ matrix: Matrix) throws(XGBoostError) -> [Float] {
      let loaded = unsafe json.withUnsafeBytes {
        unsafe XGBoosterLoadModelFromBuffer(handle, $0.baseAddress, bst_ulong($0.count))
      }
      try check(loaded, "load the model")
      var shape: UnsafePointer<bst_ulong>?
      var dimensions: bst_ulong = 0
      var result: UnsafePointer<Float>?
      let options = #"{"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true}"#
      let status = unsafe XGBoosterPredictFromDMatrix(handle, matrix.handle, options, &shape, &dimensions, &result)
      try check(status, "predict")
      guard let sizes = unsafe shape, let start = unsafe result else { return [] }
      let count = (0..<Int(dimensions)).reduce(1) { unsafe $0 * Int(sizes[$1]) }
      return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    deinit { _ = unsafe XGBoosterFree(handle) }
  }
}
