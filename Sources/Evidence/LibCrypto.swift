import CCrypto
package import Records

/// Hashes bytes as they stream past. The only file that imports libcrypto.
@safe package final class Digest {
  /// The functions in use: SHA-256 names evidence and models; Community ID is defined over SHA-1 and JA3 over MD5.
  package enum Function: Sendable {
    case sha256, sha1, md5

    /// Bytes of a digest.
    var length: Int {
      switch self {
      case .sha256: 32
      case .sha1: 20
      case .md5: 16
      }
    }
  }

  private let context: OpaquePointer?
  private let function: Function

  package init(_ function: Function = .sha256) {
    self.function = function
    unsafe context = EVP_MD_CTX_new()
    restart()
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  private func restart() {
    switch function {
    case .sha256: _ = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
    case .sha1: _ = unsafe EVP_DigestInit_ex(context, EVP_sha1(), nil)
    case .md5: _ = unsafe EVP_DigestInit_ex(context, EVP_md5(), nil)
    }
  }

  package func update(_ bytes: [UInt8]) {
    _ = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  /// The digest of everything since the last call; begins anew.
  package func finish() -> [UInt8] {
    let digest = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, initialized in
      var length: UInt32 = 0
      unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
      initialized = Int(length)
    }
    restart()
    return Array(digest.prefix(function.length))
  }

  /// The SHA-256 digest of everything since the last call; begins anew.
  package func finishSHA256() -> SHA256Digest? { SHA256Digest(finish()) }

  package static func sha256(_ bytes: [UInt8]) -> SHA256Digest? {
    let digest = Digest()
    digest.update(bytes)
    return digest.finishSHA256()
  }

  /// The digest of `bytes`.
  package static func of(_ bytes: [UInt8], _ function: Function) -> [UInt8] {
    let digest = Digest(function)
    digest.update(bytes)
    return digest.finish()
  }
}

/// AES with keys of 128 bits, as far as the first packets of QUIC need it.
package enum AES128 {
  /// One block in electronic codebook mode.
  ///
  /// - Parameters: `key` and `block` of 16 bytes each.
  /// - Returns: 16 bytes; `nil` for other lengths.
  package static func encrypt(block: [UInt8], key: [UInt8]) -> [UInt8]? {
    guard key.count == 16, block.count == 16, let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    guard unsafe EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil) == 1 else { return nil }
    var output = [UInt8](repeating: 0, count: 32)
    var count: Int32 = 0
    guard unsafe EVP_EncryptUpdate(context, &output, &count, block, 16) == 1, count == 16 else { return nil }
    return Array(output.prefix(16))
  }

  /// Opens a message sealed in Galois counter mode.
  ///
  /// - Parameters:
  ///   - sealed: the ciphertext and its tag of 16 bytes.
  ///   - key: 16 bytes. `nonce`: 12 bytes.
  ///   - associated: what is signed and not encrypted.
  /// - Returns: the plaintext; `nil` where the tag does not hold.
  package static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], associated: [UInt8]) -> [UInt8]? {
    guard key.count == 16, nonce.count == 12, (16...65_536).contains(sealed.count), associated.count < 65_536,
      let context = unsafe EVP_CIPHER_CTX_new()
    else { return nil }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    guard unsafe EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), nil, key, nonce) == 1 else { return nil }
    let length = sealed.count - 16
    var tag = Array(sealed.suffix(16))
    var output = [UInt8](repeating: 0, count: sealed.count)
    var count: Int32 = 0
    guard unsafe EVP_DecryptUpdate(context, nil, &count, associated, Int32(associated.count)) == 1,
      unsafe EVP_DecryptUpdate(context, &output, &count, sealed, Int32(length)) == 1,
      unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) == 1
    else { return nil }
    var last = [UInt8](repeating: 0, count: 16)
    guard unsafe EVP_DecryptFinal_ex(context, &last, &count) == 1 else { return nil }
    return Array(output.prefix(length))
  }
}
