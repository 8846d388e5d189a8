/// Something that a capture says beside its packets, kept as a row of the case.
package struct CaptureNote: Sendable, Equatable {
  /// What is said; the raw value is what the case stores.
  package enum Kind: String, Sendable, CaseIterable {
    /// Machine, operating system and program that wrote the capture or a section of it.
    case sectionHardware = "section_hardware"
    case sectionSystem = "section_os"
    case sectionApplication = "section_application"
    /// What was recorded on, and how. The note's name is the number of the interface in its section, from 0.
    case interfaceName = "interface_name"
    case interfaceDescription = "interface_description"
    case interfaceFilter = "interface_filter"
    case interfaceHardware = "interface_hardware"
    case interfaceSystem = "interface_os"
    case interfaceLinkType = "interface_link_type"
    case interfaceSnapshotLength = "interface_snapshot_length"
    case interfaceResolution = "interface_resolution"
    case interfaceOffset = "interface_offset"
    /// Packets that the recorder counted. The note's name is the number of the interface, where the format tells it.
    case interfaceReceived = "interface_received"
    case interfaceDropped = "interface_dropped"
    case interfaceFilterAccepted = "interface_filter_accepted"
    case interfaceSystemDropped = "interface_os_dropped"
    case interfaceDelivered = "interface_delivered"
    /// Packets that the recorder says were lost between the packets of the capture.
    case packetsDropped = "packets_dropped"
    /// Packets whose record has no time; they were given that of the packet before.
    case packetsWithoutTime = "packets_without_time"
    /// What a person wrote. The note's name is what it is about.
    case comment
    /// A name by which the recorder knew an address, which is the note's name.
    case addressName = "address_name"
    /// Keys to encrypted traffic: their text, or the digest of what is no text. The note's name is their kind.
    case secrets
    case secretsDigest = "secrets_sha256"
    /// An entry of a system's journal that lies among the packets.
    case journalEntry = "journal_entry"
    /// A block or records of a type that is not known here. The note's name is the type.
    case unknownBlock = "unknown_block"
    /// When the capture began by the clock of the machine that recorded it, whose time zone is not known.
    case localStart = "local_start"
  }

  package var kind: Kind
  /// Offset in the decompressed capture, in bytes, of the block or record that says it.
  package var offset: Int
  /// Number of the packet it is about, from 1.
  package var packet: Int?
  package var name: String?
  package var value: String

  package init(_ kind: Kind, offset: Int, packet: Int? = nil, name: String? = nil, value: String) {
    self.kind = kind
    self.offset = offset
    self.packet = packet
    self.name = name
    self.value = value
  }
}
