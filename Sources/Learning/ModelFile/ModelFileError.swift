/// Why a model file cannot be used.
package struct ModelFileError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The file could not be read from disk.
    case unreadable
    /// The bytes are not a safetensors file, or one that is cut off or contradicts itself.
    case damaged
    /// A safetensors file, but not one of a Flowcase model.
    case notAModel = "not_a_model"
    /// A model file of a format version this program does not know.
    case unsupportedVersion = "unsupported_version"
    /// Metadata that is missing, unknown or out of range.
    case badMetadata = "bad_metadata"
    /// A tensor that is missing, unknown, of the wrong type or shape, or with values out of range.
    case badTensor = "bad_tensor"
  }

  package var code: Code
  /// One sentence: what is wrong, and where.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
