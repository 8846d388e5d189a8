/// One start of the program on a case, kept so that a reader knows what made the rows.
package struct RunRecord: Sendable, Equatable {
  package var toolVersion: String
  /// The command line as it was given.
  package var arguments: [String]
  package var host: String
  /// Versions of the libraries that shaped the result, and the BLAS kernel in use.
  package var environment: [String: String]
  /// The settings that shaped the rows, by name, so that the same flows can be cut again.
  package var settings: [String: String] = [:]
  /// Who ran it, for which case of theirs, and what they noted; as they gave it.
  package var examiner: String?, caseNumber: String?, notes: String?
  /// Wall-clock start, RFC 3339 in UTC. The only times in a case that come from a clock are those of its runs.
  package var startedAt: String

  package init(toolVersion: String, arguments: [String], host: String, environment: [String: String], startedAt: String)
  {
    self.toolVersion = toolVersion
    self.arguments = arguments
    self.host = host
    self.environment = environment
    self.startedAt = startedAt
  }
}

/// A frozen model as a case refers to it.
package struct ModelRecord: Sendable, Equatable {
  /// Digest of the model file; it names the model in every case.
  package var sha256: SHA256Digest
  package var architecture: String
  /// Labels in the order of the probabilities.
  package var labels: [String]
  /// The classes that labels stand under, each once, in the order in which they come up; the labels themselves where none stands under
  /// another.
  package var classes: [String]
  /// For each label, the place of its class.
  package var classOfLabel: [Int]
  /// Packets of a flow the model looks at.
  package var packetCount: Int
  /// Confidence below which the model abstains.
  package var threshold: Double
  /// Everything the model file says of itself, as JSON.
  package var metadataJSON: String

  package init(
    sha256: SHA256Digest, architecture: String, labels: [String], parents: [String]? = nil, packetCount: Int,
    threshold: Double, metadataJSON: String
  ) {
    let tree = LabelTree(labels: labels, parents: parents)
    (classes, classOfLabel) = (tree.classes, tree.classOfLabel)
    self.sha256 = sha256
    self.architecture = architecture
    self.labels = labels
    self.packetCount = packetCount
    self.threshold = threshold
    self.metadataJSON = metadataJSON
  }
}
