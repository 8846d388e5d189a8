/// An archive on its way to libarchive, looked at for checksums that libarchive does not check.
protocol MemberChecksums: ByteStream {
  /// Numbers of members that do not check out, of those whose last byte has passed. Every member that has a header counts,
  /// directories too, in the order of the archive.
  var wrong: Set<Int> { get }
}
