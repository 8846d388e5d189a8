import Learning

/// Any bytes are a model or are refused; a model that loads is written back to the same bytes it would be read from.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzModel(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  if let model = try? FrozenModel(parsing: bytes) {
    let again = try? FrozenModel(parsing: model.fileBytes)
    precondition(again == model, "a model does not survive being written and read")
  }
  if let file = try? TreeModelFile(parsing: bytes) {
    precondition(
      (try? TreeModelFile(parsing: file.bytes)) == file, "a tree model does not survive being written and read")
    _ = file.model.probabilities([])
  }
  return 0
}
