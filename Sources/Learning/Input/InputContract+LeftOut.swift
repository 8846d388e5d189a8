package import Records
internal import Traffic

extension InputContract {
  /// The name that stands for a flow this contract gives to no model, such as `dns` or `icmp`.
  ///
  /// What a flow is, is told by its content: a flow on port 53 that is not name service is the model's to label.
  ///
  /// - Returns: `nil` for a flow the model decides on: TCP or UDP, and none of the services of `leaveOut`.
  package func leftOutName(_ flow: FlowRecord) -> String? {
    guard flow.proto == .tcp || flow.proto == .udp else { return flow.proto.description }
    guard leaveOut != .none, let service = flow.service else { return nil }
    let isLeftOut = service == .dns || leaveOut == .infrastructure && service.isInfrastructure
    return isLeftOut ? service.rawValue : nil
  }
}
