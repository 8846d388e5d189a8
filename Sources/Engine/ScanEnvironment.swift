import Evidence
import Foundation
import Learning
import Traffic

extension Scan {
  /// Libraries that shape a scan's results, and the directory from which its relative paths count, for the record of the run.
  package static var environment: [String: String] {
    [
      "libpcap": PacketFilter.libraryVersion, "blas_kernel": FlowClassifier.blasKernel,
      EvidencePlaces.recorded: EvidencePath(FileManager.default.currentDirectoryPath).description,
    ]
  }
}
