import Evidence
import Learning
import Records
import Traffic

extension Scan.Options {
  /// What shaped the rows of a run, by name, as the case records it.
  var settings: [String: String] {
    let contract = model?.frozen.description.contract
    let plan = plan
    var settings = [
      "policy": (policy ?? contract?.flowPolicy ?? .flowcase).rawValue, "plan_packets": "\(plan.packets)",
      "plan_bytes": "\(plan.bytesPerPacket)", "plan_times": plan.keepsTimes ? "1" : "0",
    ]
    settings["model_sha256"] = model?.sha256.description
    settings["filter"] = filter
    settings["window_limit_mib"] = windowLimit.map { "\($0)" }
    settings["expansion_limit_gib"] = expansionLimit.map { "\($0)" }
    if !joinsCaptures { settings["joins_captures"] = "0" }
    if usesVantage { settings["uses_vantage"] = "1" }
    if keepsInputs { settings["keeps_inputs"] = "1" }
    return settings
  }

  /// What is kept of each flow for the model, or for any model to come.
  var plan: KeepPlan {
    let needed = model?.frozen.description.contract.keepPlan ?? .nothing
    guard keepsInputs else { return needed }
    return KeepPlan(
      packets: max(needed.packets, 20), bytesPerPacket: max(needed.bytesPerPacket, 1660), keepsTimes: true)
  }
}

extension ScanSettings {
  /// The settings of a run from what the case records of it, so that the same flows are cut again.
  init(_ record: [String: String]) {
    let number = { (name: String) in record[name].flatMap { Int($0) } }
    self.init(
      policy: FlowPolicy(record["policy"].flatMap { FlowPolicy.Name(rawValue: $0) } ?? .flowcase),
      plan: KeepPlan(
        packets: number("plan_packets") ?? 0, bytesPerPacket: number("plan_bytes") ?? 0,
        keepsTimes: record["plan_times"] == "1"))
    // SplitCap cuts one capture at a time.
    joinsCaptures = policy.name != .splitcap && record["joins_captures"] != "0"
    filter = record["filter"]
    if let limit = number("window_limit_mib") { evidenceLimits.windowBytes = limit << 20 }
    if let limit = number("expansion_limit_gib") { evidenceLimits.expandedBytes = limit << 30 }
  }
}
