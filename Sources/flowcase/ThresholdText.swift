import Learning
import Records

/// When a model abstains, in words.
enum ThresholdText {
  /// When a flow is `unknown`.
  static func abstention(_ model: ModelDescription) -> String {
    guard model.labelThresholds != nil else { return "below a confidence of \(Figure.short(model.threshold))" }
    let below = model.threshold > 0 ? "below a confidence of \(Figure.short(model.threshold)), and " : ""
    let score =
      model.parents != nil
      ? "probability" : model.training?.options.references == nil ? "confidence" : "likeness to training flows"
    return "\(below)unless its \(score) suffices for its label; \(all(model))"
  }

  /// Such as `9.1`, and `9.1 (21.0 where network and trees disagree)`.
  static func temperature(_ rule: DecisionRule) -> String {
    let contested = rule.contestedTemperature.map { " (\(Figure.short($0)) where network and trees disagree)" }
    return Figure.short(rule.temperature) + (contested ?? "")
  }

  static func all(_ model: ModelDescription) -> String {
    guard model.parents == nil else {
      let full = given(
        model.labels, model.labelThresholds,
        except: model.tree.classes.filter { name in
          model.tree.members[model.tree.classes.firstIndex(of: name) ?? 0].count == 1
        })
      return
        "classes given: \(given(model.tree.classes, model.classThresholds, except: [])); full labels in these: \(full)"
    }
    guard let thresholds = model.labelThresholds else { return "threshold \(Figure.short(model.threshold))" }
    let given = zip(model.labels, thresholds).compactMap { label, least in
      least.map { "\(label) from \(($0 * 100_000).rounded() / 100_000)" }
    }
    return given.isEmpty ? "no label is ever given" : "labels given: \(given.joined(separator: ", "))"
  }

  private static func given(_ names: [String], _ thresholds: [Double?]?, except: [String]) -> String {
    let found = zip(names, thresholds ?? []).compactMap { name, least in
      except.contains(name) ? nil : least.map { "\(name) from \(Figure.short($0))" }
    }
    return found.isEmpty ? "none" : found.joined(separator: ", ")
  }
}
