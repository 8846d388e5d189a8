import Learning

/// What the paper printed, to stand beside what was measured: Yao et al., "Identification of Encrypted Traffic Through
/// Attention Mechanism Based Long Short Term Memory".
enum PublishedResults {
  /// Table 1: flows of training, validation and test.
  static let flows: [(part: String, vpn: Int64, nonVPN: Int64)] = [
    ("training", 15_545, 22_706), ("validation", 1943, 2838), ("test", 1943, 2838),
  ]

  /// Table 3: accuracy of task 1 to 4, by whether DNS flows stay and which bytes are seen.
  static func preparation(_ leaveOut: InputContract.LeaveOut, _ scope: InputContract.Scope) -> [Double]? {
    switch (leaveOut, scope) {
    case (.none, .all): [1.000, 0.898, 0.970, 0.936]
    case (.none, .l7): [0.964, 0.859, 0.934, 0.905]
    case (.dns, .all): [0.997, 0.893, 0.948, 0.912]
    case (.dns, .l7): [0.951, 0.844, 0.920, 0.886]
    default: nil
    }
  }

  /// Table 4: accuracy of task 4 by N and M.
  static let sizes: [(packets: Int, bytes: Int, accuracy: Double)] = [
    (5, 500, 0.891), (5, 1000, 0.897), (5, 1500, 0.891), (10, 500, 0.904), (10, 1000, 0.908), (10, 1500, 0.912),
    (20, 500, 0.899), (20, 1000, 0.906), (20, 1500, 0.902),
  ]

  /// Table 5: accuracy of task 1 to 4.
  static let accuracy: [Architecture: [Double]] = [
    .attentionLSTM: [0.997, 0.893, 0.948, 0.912],
    .han: [0.995, 0.851, 0.929, 0.895],
    .deepPacket: [0.992, 0.868, 0.923, 0.898],
    .cnn1D: [0.990, 0.818, 0.986, 0.866],
    .c45: [0.900, 0.890, 0.870, 0.800],
    .xgboost: [0.991, 0.841, 0.918, 0.864],
  ]

  /// Table 6: seconds a batch and of the whole training of task 4, on a GPU.
  static let runTimes: [Architecture: (batch: Double?, total: Double)] = [
    .attentionLSTM: (0.05, 1783.6), .han: (1.48, 53_149), .deepPacket: (0.1, 3600), .cnn1D: (0.02, 720),
    .xgboost: (nil, 300),
  ]
}
