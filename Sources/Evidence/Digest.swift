import CCrypto
package import Records

/// Hashes bytes as they stream past. The only file that imports libcrypto.
@safe package final class Digest {
  /// The functions in use: SHA-256 names evidence and models, SHA-1 is what Community ID is defined over.
  package enum Function: Sendable { case sha256, sha1 }

  private let context: OpaquePointer?
  private let function: Function

  package init(_ function: Function = .sha256) {
    self.function = function
    unsafe context = EVP_MD_CTX_new()
    restart()
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  private func restart() {
    _ = unsafe EVP_DigestInit_ex(context, function == .sha256 ? EVP_sha256() : EVP_sha1(), nil)
  }

  package func update(_ bytes: [UInt8]) {
    _ = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  /// The digest of everything since the last call (32 bytes for SHA-256, 20 for SHA-1); begins anew.
  package func finish() -> [UInt8] {
    let count = function == .sha256 ? 32 : 20
    let digest = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, initialized in
      var length: UInt32 = 0
      unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
      initialized = Int(length)
    }
    restart()
    return Array(digest.prefix(count))
  }

  /// The SHA-256 digest of everything since the last call; begins anew.
  package func finishSHA256() -> SHA256Digest? { SHA256Digest(finish()) }

  package static func sha256(_ bytes: [UInt8]) -> SHA256Digest? {
    let digest = Digest()
    digest.update(bytes)
    return digest.finishSHA256()
  }
}
