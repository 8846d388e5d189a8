import Learning
import Traffic

extension Scan {
  /// Libraries that shape a scan's results, for the record of the run.
  package static var environment: [String: String] {
    ["libpcap": PacketFilter.libraryVersion, "blas_kernel": FlowClassifier.blasKernel]
  }
}
