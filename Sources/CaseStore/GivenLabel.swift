/// The name that a flow counts under, in SQL: of the protocol, of the label, of the class where that alone was given, or `unknown`.
enum GivenLabel {
  /// - Parameter prediction: the alias of a row of `prediction`, which `joins` was given too.
  static func name(_ prediction: String = "p") -> String {
    """
    CASE WHEN \(prediction).protocol_name IS NOT NULL THEN \(prediction).protocol_name
      WHEN \(prediction).label_level = 'full' THEN \(prediction)l.name
      WHEN \(prediction).label_level = 'class' THEN \(prediction)c.name ELSE 'unknown' END
    """
  }

  /// The rows of the label and of the class.
  static func joins(_ prediction: String = "p") -> String {
    """
    LEFT JOIN model_label AS \(prediction)l
      ON \(prediction)l.model_id = \(prediction).model_id AND \(prediction)l.position = \(prediction).label_position
    LEFT JOIN model_class AS \(prediction)c
      ON \(prediction)c.model_id = \(prediction).model_id AND \(prediction)c.position = \(prediction).class_position
    """
  }
}
