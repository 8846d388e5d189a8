/// Where the channels in steps rise: a network tells two lengths apart by single weights instead of by a slope, and a
/// step that an outlier is beyond says no more of it than of its neighbours.
package enum ChannelSteps {
  /// Bytes of the IP packet: bare acknowledgements without and with timestamps, small records, segments of common
  /// maximum sizes, and what segmentation offload left.
  package static let lengths = [40, 53, 70, 90, 120, 160, 220, 300, 400, 550, 750, 1000, 1300, 1400, 1460, 1501]

  /// Microseconds since the packet before, two steps to a factor of about 7.4: 10 to 31,622,777.
  package static let gapsMicroseconds: [Double] = [
    10, 27, 74, 200, 541, 1468, 3981, 10_798, 29_286, 79_433, 215_443, 584_341, 1_584_893, 4_298_662, 11_659_144,
    31_622_777,
  ]
}
