import ArgumentParser
import Learning
import Traffic

extension InputContract.Scope: ExpressibleByArgument {}
extension InputContract.Encoding: ExpressibleByArgument {}
extension InputContract.Padding: ExpressibleByArgument {}
extension InputContract.Channel: ExpressibleByArgument {}
extension InputContract.MaskedField: ExpressibleByArgument {}
extension InputContract.LeaveOut: ExpressibleByArgument {}
extension InputContract.FeatureSet: ExpressibleByArgument {}
extension FlowPolicy.Name: ExpressibleByArgument {}
extension LossKind: ExpressibleByArgument {}
extension TrainingOptions.ClassCost: ExpressibleByArgument {}
extension TrainingOptions.Schedule: ExpressibleByArgument {}
extension Architecture: ExpressibleByArgument {}
extension AttentionKind.Name: ExpressibleByArgument {}
extension SplitKind: ExpressibleByArgument {}
extension EnsembleOptions.Input: ExpressibleByArgument {}
extension CalibrationSource: ExpressibleByArgument {}

/// What a model will see of a flow.
struct ContractOptions: ParsableArguments {
  enum Preset: String, ExpressibleByArgument, CaseIterable {
    /// 10 packets of 1500 bytes, scaled: the paper's.
    case paper
    /// 10 packets of 64 bytes as bits, with direction, length and gap.
    case compact
  }

  @Option(
    help: "paper (10 packets of 1500 bytes, scaled; the default) or compact (10 of 64 bytes as bits, with channels).")
  var contract: Preset?
  @Option(help: "Packets of a flow.") var packets: Int?
  @Option(help: "Bytes of a packet, after the IP addresses are taken out.") var bytes: Int?
  @Option(help: "all (from the IP header on) or l7 (payload only).") var scope: InputContract.Scope?
  @Option(help: "scaled (byte / 255) or bits.") var encoding: InputContract.Encoding?
  @Option(help: "masked (absent packets take no part) or zero (the paper's wording).") var padding:
    InputContract.Padding?
  @Option(
    parsing: .upToNextOption,
    help: "Values beside the bytes: \(InputContract.Channel.allCases.map(\.rawValue).joined(separator: ", ")).")
  var channels: [InputContract.Channel] = []
  @Option(
    parsing: .upToNextOption,
    help: "Fields set to zero: \(InputContract.MaskedField.allCases.map(\.rawValue).joined(separator: ", ")).")
  var mask: [InputContract.MaskedField] = []
  @Option(help: "Flows left out: none, dns, or infrastructure (DNS and discovery; the default).")
  var leaveOut: InputContract.LeaveOut?
  @Option(
    help:
      "How flows are cut: \(FlowPolicy.Name.allCases.map(\.rawValue).joined(separator: ", ")); flowcase by default.")
  var policy: FlowPolicy.Name?
  @Option(
    help:
      "What a tree sees (c4.5, xgboost): time (time-based features), packets (sizes and gaps), or time_and_packets, which is the default."
  ) var features: InputContract.FeatureSet?

  var value: InputContract {
    var value = InputContract.paper
    if contract == .compact {
      value = InputContract(packets: 10, bytesPerPacket: 64)
      value.encoding = .bits
      value.channels = [.direction, .length, .gap]
    }
    value.packets = packets ?? value.packets
    value.bytesPerPacket = bytes ?? value.bytesPerPacket
    value.scope = scope ?? value.scope
    value.encoding = encoding ?? value.encoding
    value.padding = padding ?? value.padding
    if !channels.isEmpty { value.channels = InputContract.Channel.allCases.filter(channels.contains) }
    value.maskedFields = Set(mask)
    value.leaveOut = leaveOut ?? .infrastructure
    value.flowPolicy = policy ?? .flowcase
    return value
  }

  /// The contract of an architecture: trees see features, of 20 packets unless told otherwise, and networks bytes.
  func value(for architecture: Architecture) -> InputContract {
    var value = value
    guard NetworkShape(architecture).treeRecipe != nil else {
      value.features = features
      return value
    }
    var contract = InputContract(packets: packets ?? 20, bytesPerPacket: 0)
    contract.features = features ?? .timeAndPackets
    (contract.leaveOut, contract.flowPolicy) = (value.leaveOut, value.flowPolicy)
    return contract
  }

  /// The options given that say how bytes are seen, by name.
  var givenForBytes: [String] {
    [
      ("--contract", contract != nil), ("--bytes", bytes != nil), ("--scope", scope != nil),
      ("--encoding", encoding != nil), ("--padding", padding != nil), ("--channels", !channels.isEmpty),
      ("--mask", !mask.isEmpty),
    ].filter(\.1).map(\.0)
  }

  /// All options given, by name.
  var given: [String] {
    givenForBytes
      + [
        ("--packets", packets != nil), ("--leave-out", leaveOut != nil), ("--policy", policy != nil),
        ("--features", features != nil),
      ].filter(\.1).map(\.0)
  }

  func validate() throws {
    if let fault = value.fault { throw ValidationError("the input contract cannot be used: \(fault)") }
  }
}

/// How a model is trained.
struct TrainingArguments: ParsableArguments {
  @Option(
    name: .customLong("architecture"),
    help:
      "The architecture: \(Architecture.allCases.map(\.rawValue).joined(separator: ", ")); attention-lstm by default.")
  var chosenArchitecture: Architecture?
  @OptionGroup var labels: LabelFiles
  @Option(help: "Passes over the training flows.") var epochs: Int?
  @Option(help: "Seed of weights, order, dropout and splits: the same seed gives the same file.") var seed: UInt64?
  @Option(help: "cost-sensitive (Eq. 8-10 of the paper) or cross-entropy.") var loss: LossKind?
  @Option(help: "What a mistake costs by class: inverse frequency, inverse_square_root, or uniform.")
  var classCost: TrainingOptions.ClassCost?
  @Option(help: "Learning rate over the epochs: constant, cosine or step.") var schedule: TrainingOptions.Schedule?
  @Option(help: "Learning rate of Adam.") var learningRate: Double?
  @Option(help: "Flows in a batch.") var batch: Int?
  @Option(help: "Largest norm of a gradient; 0 does not clip.") var gradientNorm: Double?
  @Option(
    help:
      "Chance that a header field, or the payload, is hidden in a training flow, 0 to 1; without it nothing is hidden.")
  var fieldDropout: Double?
  @Option(help: "Share of each weight, times the learning rate, that a step takes away; without it none.")
  var weightDecay: Double?
  @Option(
    help:
      "Training flows the model keeps (most of them, at most 65,536), so that it calls flows unlike all of them unknown; without it none. Not for deep-packet."
  )
  var references: Int?
  @Option(
    help:
      "Rounds of boosted trees beside the network, 1 to 10,000: they see the same input, and their scores are added to its outputs; without it none. With --loss cross-entropy, and not for deep-packet."
  )
  var trees: Int?
  @Option(help: "What the scores of these trees are multiplied by; 2 by default.") var treeWeight: Double?
  @Option(
    help:
      "What these trees see: bytes (the network's input, the default), or fields (header fields, payload, sums, and the words of names)."
  )
  var treeInput: EnsembleOptions.Input?
  @Option(
    help: "Rounds of the trees that tell the labels of a class apart, with --label-prefix; half of --trees by default.")
  var labelTrees: Int?
  @Flag(
    help:
      "Each flow is learned from twice by the trees, once with fields of hosts, payload, times or names hidden by chance."
  )
  var hiddenCopies = false
  @Option(
    help:
      "Labels that begin with it stand under the label that follows it (Vpn_: Vpn_Chat and Chat under Chat): a flow gets its full label, or its class where that alone is sure."
  )
  var labelPrefix: String?
  @Option(
    parsing: .upToNextOption,
    help: "Classes that stand for what is none of the others, such as Web, Tunnel, Other: measured apart.")
  var outside: [String] = []
  @Option(help: "Of the classes --outside names, flows of one capture that are used at most; without it all.")
  var cap: Int?
  @Option(help: "Flows of random payload, sizes and times under sound headers that are added.") var nonsense: Int?
  @Option(help: "The class they are of.") var nonsenseClass = "Other"
  @Option(
    help:
      "How far laboratories count alike in training, 0 to 1: flows of one laboratory and class count n of them to the power of minus this; without it each flow alike."
  )
  var laboratoryWeight: Double?
  @Option(help: "Share of the fully connected layer's values that dropout keeps in training.") var keep: Double?
  @Option(help: "LSTM units a direction; without it, 100 for attention-lstm and cnn-lstm, 128 for han.") var units: Int?
  @Option(
    help:
      "Attention over packets (attention-lstm, han): soft (all), local (near the greatest score), hard (one packet).")
  var attention: AttentionKind.Name = .soft
  @Option(help: "Packets before and behind the greatest score that local attention weighs, 1 to 255.")
  var attentionWindow: Int?
  @OptionGroup(title: "Input contract") var contract: ContractOptions

  var architecture: Architecture { chosenArchitecture ?? .attentionLSTM }

  /// The options given that say how networks are trained, by name.
  private var givenForNetworks: [String] {
    [
      ("--epochs", epochs != nil), ("--loss", loss != nil), ("--class-cost", classCost != nil),
      ("--schedule", schedule != nil), ("--learning-rate", learningRate != nil), ("--batch", batch != nil),
      ("--gradient-norm", gradientNorm != nil), ("--field-dropout", fieldDropout != nil),
      ("--weight-decay", weightDecay != nil), ("--references", references != nil), ("--trees", trees != nil),
      ("--tree-weight", treeWeight != nil), ("--tree-input", treeInput != nil), ("--label-trees", labelTrees != nil),
      ("--hidden-copies", hiddenCopies), ("--label-prefix", labelPrefix != nil), ("--outside", !outside.isEmpty),
      ("--laboratory-weight", laboratoryWeight != nil),
      ("--keep", keep != nil), ("--units", units != nil),
    ].filter(\.1).map(\.0)
  }

  /// The options given that a model file decides on, by name.
  var givenBesideAModel: [String] {
    (chosenArchitecture == nil ? [] : ["--architecture"]) + givenForNetworks + (seed == nil ? [] : ["--seed"])
      + (attention == .soft ? [] : ["--attention"]) + contract.given
  }

  private var attentionKind: AttentionKind {
    switch attention {
    case .soft: .soft
    case .local: .local(window: attentionWindow ?? 2)
    case .hard: .hard
    }
  }

  func validate() throws {
    if attention != .soft, ![.attentionLSTM, .han].contains(architecture) {
      throw ValidationError(
        "--attention \(attention.rawValue) is for attention-lstm and han; \(architecture.rawValue) has no such choice")
    }
    if attentionWindow != nil, attention != .local {
      throw ValidationError("--attention-window is for --attention local")
    }
    let isTree = NetworkShape(architecture).treeRecipe != nil
    let forNetworks = givenForNetworks + contract.givenForBytes
    if isTree, !forNetworks.isEmpty {
      throw ValidationError(
        "\(architecture.rawValue) is a tree on features: \(forNetworks.joined(separator: ", ")) would have no effect")
    }
    if !isTree, contract.features != nil {
      throw ValidationError("--features is for c4.5 and xgboost; \(architecture.rawValue) sees bytes")
    }
    if references != nil, architecture == .deepPacket {
      throw ValidationError("--references is for networks that see a flow as one; deep-packet sees single packets")
    }
    if trees == nil, treeWeight != nil || treeInput != nil || labelTrees != nil || hiddenCopies {
      throw ValidationError(
        "--tree-weight, --tree-input, --label-trees and --hidden-copies are for networks with --trees")
    }
    if let cap, cap < 1 { throw ValidationError("--cap is \(cap), below 1") }
    if let nonsense, !(1...1_000_000).contains(nonsense) {
      throw ValidationError("--nonsense is \(nonsense), not in 1...1000000")
    }
    if cap != nil, outside.isEmpty { throw ValidationError("--cap is for the classes that --outside names") }
    if labelPrefix != nil, references != nil {
      throw ValidationError("--references is for models whose labels stand under no classes")
    }
    if trees != nil, architecture == .deepPacket || loss != .crossEntropy {
      throw ValidationError(
        "--trees is for networks that see a flow as one (not deep-packet), with --loss cross-entropy")
    }
    if units != nil, [.cnn1D, .deepPacket].contains(architecture) {
      throw ValidationError("--units is for networks with an LSTM; \(architecture.rawValue) has none")
    }
  }

  var recipe: TrainingRecipe {
    var options = TrainingOptions()
    options.epochs = epochs ?? options.epochs
    options.seed = seed ?? options.seed
    options.loss = loss ?? options.loss
    options.classCost = classCost ?? options.classCost
    options.schedule = schedule ?? options.schedule
    options.learningRate = learningRate ?? options.learningRate
    options.batchSize = batch ?? options.batchSize
    options.gradientNorm = gradientNorm ?? options.gradientNorm
    options.fieldDropout = fieldDropout
    options.weightDecay = weightDecay
    options.laboratoryWeight = laboratoryWeight
    options.references = references
    options.keepProbability = keep ?? options.keepProbability
    var recipe = TrainingRecipe(
      contract: contract.value(for: architecture),
      shape: NetworkShape(architecture, units: units, attention: attentionKind),
      options: options)
    recipe.ensemble = trees.map { rounds in
      var ensemble = EnsembleOptions(rounds: rounds, weight: treeWeight ?? 2, seed: options.seed)
      ensemble.input = treeInput
      if treeInput == .fields { (ensemble.trees.featureShare, ensemble.trees.bins) = (0.2, 64) }
      ensemble.labelRounds = labelPrefix == nil ? nil : labelTrees ?? max(1, rounds / 2)
      ensemble.learnsHidden = hiddenCopies ? true : nil
      return ensemble
    }
    recipe.labelPrefix = labelPrefix
    recipe.outside = Set(outside)
    return recipe
  }
}
