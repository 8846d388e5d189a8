/// What packets of a capture were recorded on.
package struct CaptureInterface: Sendable, Hashable {
  package var linkType: LinkType
  /// Captured bytes of a packet at the most; 0 where the capture states none.
  package var snapshotLength = 0
  /// As the capture states them: not to be trusted, and `nil` where it does not.
  package var name: String?, description: String?

  package init(linkType: LinkType) { self.linkType = linkType }
}

/// The interfaces of a capture, equal ones of different sections once. Bounded, whatever the capture describes.
struct InterfaceTable {
  private(set) var interfaces: [CaptureInterface] = []
  private var numbers: [CaptureInterface: UInt32] = [:]
  /// Interfaces told apart by more than their link type, of which there are 65,536.
  private static let limit = 65_536
  /// Bytes kept of a name or description.
  static let textLimit = 256

  mutating func number(of interface: CaptureInterface) -> UInt32 {
    let kept = interfaces.count < Self.limit ? interface : CaptureInterface(linkType: interface.linkType)
    if let known = numbers[kept] { return known }
    let number = UInt32(clamping: interfaces.count)
    interfaces.append(kept)
    numbers[kept] = number
    return number
  }
}
