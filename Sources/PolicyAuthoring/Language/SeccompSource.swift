internal import Bytes
internal import Digest
internal import Policy
internal import StrictJSON

/// The filter of a process: a profile's name, `none`, or `{allow: [CALL, ...]}`, perhaps with a `profile` that admits
/// more.
struct SeccompSource: JSONDecodable {
  /// In the bundle; nil for no filter at all.
  let name: ByteString?
  private let profile: SeccompProfile?
  /// Nil where the profile is all there is.
  private let calls: [String]?

  init(json: JSONValue) throws(JSONError) {
    guard case .object = json else {
      profile = try SeccompProfile.named(try ByteString(json: json))
      (name, calls) = (profile?.name, nil)
      return
    }
    let (profile, calls) = try json.decodeObject {
      (members) throws(JSONError) -> (SeccompProfile?, [String]) in
      var profile: SeccompProfile?
      if let name: ByteString = try members.optional("profile") {
        do throws(JSONError) { profile = try SeccompProfile.named(name) } catch { throw error.under("profile") }
        guard profile != nil else {
          throw JSONError(.refused("expected a profile, as \(name) admits each call already")).under("profile")
        }
      }
      return (profile, try members.required("allow", as: [SystemCallSource].self).map(\.name))
    }
    guard !calls.isEmpty else { throw JSONError(.refused("expected at least one system call")).under("allow") }
    (self.profile, self.calls) = (profile, calls)
    // The same filter has one name, wherever it is stated and in which order.
    let text = ByteString(([profile?.name.description ?? ""] + Set(calls).sorted()).joined(separator: " "))
    name = "calls-" + ByteString(Hex.encode(HashAlgorithm.sha256.digest(of: text.bytes).bytes.prefix(8)))
  }

  /// The filter for each architecture; nil where there is none.
  func programs() throws(JSONError) -> SeccompPrograms? {
    guard let calls else { return try profile?.programs() }
    func program(_ architecture: SeccompArchitecture) throws(SeccompError) -> ByteString {
      var filter = try profile?.filter(for: architecture) ?? SeccompFilter(for: architecture)
      // Where it does not exist, the C library takes clone, which a filter can look into.
      if profile == nil { try filter.add("clone3", .answer(.noSuchCall)) }
      for call in calls { try filter.add(call, .answer(.allow)) }
      return filter.program
    }
    do {
      return SeccompPrograms(x86_64: try program(.x86_64), aarch64: try program(.aarch64))
    } catch { throw JSONError(.refused("\(error)")) }
  }

  /// Calls that the author named and that lead to the kernel's inside, other processes or the node.
  var dangerous: [String] { Set(calls ?? []).filter(SeccompReview.isDangerous).sorted() }
}

/// A system call by its name.
private struct SystemCallSource: JSONDecodable {
  let name: String

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    name = text.description
    do { _ = try SeccompArchitecture.x86_64.number(of: name) } catch {
      throw .value(expected: "a system call of Linux such as openat", found: text)
    }
  }
}
