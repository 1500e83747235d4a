public import Bytes

extension ByteString {
  /// Whether a text looks like a password, key or token that somebody put where none belongs: a mount option, a path, a
  /// name of an image.
  ///
  /// A guess, on top of what is never shown: values of variables and annotations, and arguments. It knows assignments
  /// (`password=`), user names with passwords in URLs, the beginnings of well-known tokens, and long runs of mixed
  /// letters and digits. Digests and ids in lower-case hexadecimal digits are none.
  public var looksLikeCredential: Bool {
    // Each command has hundreds of short texts without any of this.
    guard count >= Self.shortest else { return false }
    return hasSeparator && (isAssignment || hasPasswordInURL) || hasToken || hasMixedRun
  }

  /// What an assignment and a URL have. Without a branch for each byte: this is all that most texts cost.
  private var hasSeparator: Bool {
    let span = bytes.span
    var found = false
    for index in span.indices {
      found = found || span[index] == UInt8(ascii: ":")
      found = found || span[index] == UInt8(ascii: "=")
    }
    return found
  }

  /// `pwd=1`.
  private static let shortest = 5

  private static let assignments: [ByteString] = [
    "password", "passwd", "passphrase", "pwd", "pass", "secret", "token", "apikey", "api_key", "api-key", "access_key",
    "accesskey", "credential", "credentials", "authorization",
  ]

  private static let beginnings: [ByteString] = [
    "-----BEGIN ", "AKIA", "ASIA", "AIza", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk-",
    "hf_", "ya29.", "eyJ", "Bearer ", "Basic ",
  ]

  /// One of the words right before `=` or `:`, and something behind it.
  private var isAssignment: Bool {
    bytes.indices.dropLast().contains { index in
      guard bytes[index] == UInt8(ascii: "=") || bytes[index] == UInt8(ascii: ":") else { return false }
      return Self.assignments.contains { word in
        let start = index - word.count
        return start >= 0 && zip(bytes[start..<index], word.bytes).allSatisfy { $0 | 0x20 == $1 | 0x20 }
      }
    }
  }

  /// `scheme://user:password@host`.
  private var hasPasswordInURL: Bool {
    bytes.indices.dropLast(3).contains { index in
      guard bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: "/"),
        bytes[index + 2] == UInt8(ascii: "/")
      else { return false }
      let authority = bytes[(index + 3)...].prefix { $0 != UInt8(ascii: "/") }
      guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return false }
      return authority[..<at].contains(UInt8(ascii: ":"))
    }
  }

  /// The beginning of a well-known token where a word begins, and enough behind it.
  private var hasToken: Bool {
    guard count >= 14 else { return false }
    return bytes.indices.contains { index in
      guard index == 0 || !Self.isWord(bytes[index - 1]) else { return false }
      return Self.beginnings.contains { beginning in
        guard bytes[index] == beginning.bytes[0], bytes[index...].starts(with: beginning.bytes) else { return false }
        return beginning == "-----BEGIN "
          || bytes[(index + beginning.count)...].prefix { Self.isWord($0) || $0 == UInt8(ascii: "-") }.count >= 12
      }
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"):
      true
    case _: false
    }
  }

  /// 32 or more letters and digits in a row, with both cases and two digits.
  private var hasMixedRun: Bool {
    guard count >= 32 else { return false }
    return bytes.split { !Self.isWord($0) }.contains { run in
      run.count >= 32 && run.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        && run.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        && run.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } >= 2
    }
  }
}
