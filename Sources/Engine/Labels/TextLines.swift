extension String {
  /// The lines of a text file that end in LF or CR LF, empty ones too, without a byte order mark before the first.
  var textLines: [Substring] {
    // CR LF is one character: a split at LF alone leaves such a file whole.
    let text = unicodeScalars.first == "\u{FEFF}" ? Substring(unicodeScalars.dropFirst()) : self[...]
    return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }
}
