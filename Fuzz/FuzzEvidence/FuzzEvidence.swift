import Evidence
import Foundation
import Records

/// A file of any bytes is read to its end: every node that is opened is closed, and the whole file is hashed.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvidence(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Data(bytes: data, count: size)
  let file = FileManager.default.temporaryDirectory.appendingPathComponent("flowcase-fuzz-\(getpid())")
  guard (try? bytes.write(to: file)) != nil else { return 0 }
  var open: Set<Int> = []
  var reader = EvidenceReader(emit: { event in
    switch event {
    case .opened(let node, _, _): open.insert(node)
    case .closed(let node, let closing):
      open.remove(node)
      precondition(node != 0 || closing.containerBytes == size, "the container was not hashed whole")
    default: break
    }
  })
  reader.read(EvidencePath(file.path))
  precondition(open.isEmpty, "a node was never closed")
  return 0
}
