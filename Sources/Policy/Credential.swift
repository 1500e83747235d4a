public import Bytes

extension ByteString {
  /// Whether a text looks like a password, key or token that somebody put where none belongs: a mount option, a path, a
  /// name of an image.
  ///
  /// A guess, on top of what is never shown: values of variables and annotations, and arguments. It knows assignments
  /// (`password=`), user names with passwords in URLs, the beginnings of well-known tokens, and long runs of mixed
  /// letters and digits. Digests and ids in lower-case hexadecimal digits are none.
  public var looksLikeCredential: Bool {
    let lower = bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    return Self.assignments.contains { Self.isAssigned($0, in: lower) } || hasPasswordInURL
      || Self.beginnings.contains { isToken(after: $0) } || hasMixedRun
  }

  private static let assignments: [ByteString] = [
    "password", "passwd", "passphrase", "pwd", "pass", "secret", "token", "apikey", "api_key", "api-key", "access_key",
    "accesskey", "credential", "credentials", "authorization",
  ]

  private static let beginnings: [ByteString] = [
    "-----BEGIN ", "AKIA", "ASIA", "AIza", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk-",
    "hf_", "ya29.", "eyJ", "Bearer ", "Basic ",
  ]

  private static func isAssigned(_ word: ByteString, in text: [UInt8]) -> Bool {
    places(of: word.bytes, in: text).contains { start in
      let end = start + word.count
      guard end + 1 < text.count else { return false }
      return text[end] == UInt8(ascii: "=") || text[end] == UInt8(ascii: ":")
    }
  }

  private static func places(of word: [UInt8], in text: [UInt8]) -> [Int] {
    guard text.count >= word.count else { return [] }
    return (0...(text.count - word.count)).filter { start in
      text[start] == word[0] && text[start..<start + word.count].elementsEqual(word)
    }
  }

  /// `scheme://user:password@host`.
  private var hasPasswordInURL: Bool {
    Self.places(of: Array("://".utf8), in: bytes).contains { start in
      let authority = bytes[(start + 3)...].prefix { $0 != UInt8(ascii: "/") }
      guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return false }
      return authority[..<at].contains(UInt8(ascii: ":"))
    }
  }

  private func isToken(after beginning: ByteString) -> Bool {
    Self.places(of: beginning.bytes, in: bytes).contains { start in
      guard start == 0 || !Self.isWord(bytes[start - 1]) else { return false }
      return bytes[(start + beginning.count)...].prefix { Self.isWord($0) || $0 == UInt8(ascii: "-") }.count >= 12
        || beginning == "-----BEGIN "
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
    bytes.split { !Self.isWord($0) }.contains { run in
      run.count >= 32 && run.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        && run.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        && run.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } >= 2
    }
  }
}
