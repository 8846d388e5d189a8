import Engine
import Testing

@Suite struct LabelledCapturesTests {
  @Test(arguments: [("skype_file1.dup1.pcap.zst", "skype_file1"), ("Torrent01.first60.pcap", "torrent01"), ("x", "x")])
  func partsOfOneCaptureAreOneGroup(name: String, group: String) {
    #expect(LabelledCaptures.group(fileName: name) == group)
  }
}
