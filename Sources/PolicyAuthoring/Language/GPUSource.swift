internal import Bytes
internal import Policy
internal import StrictJSON

/// GPUs as an author writes them: `{count: 1}`, and what differs from NVIDIA's in confidential mode for all uses.
struct GPUSource: JSONObjectDecodable {
  let rule: GPURule

  init(members: inout JSONMembers) throws(JSONError) {
    var rule = GPURule(
      count: try members.required("count"),
      confidentialCompute: try members.optional("confidentialCompute") ?? .required)
    rule.vendor = try members.optional("vendor") ?? .nvidia
    rule.mig = try members.optional("mig") ?? false
    rule.uuids = Set(try members.optional("uuids", as: [ByteString].self) ?? []).sorted()
    rule.evidence = try members.optional("evidence") ?? rule.evidence
    if let capabilities: [GPURule.Capability] = try members.optional("capabilities") {
      rule.capabilities = GPURule.Capability.allCases.filter(capabilities.contains)
    }
    rule.onViolation = try members.optional("onViolation") ?? .deny
    let image: ByteString? = try members.optional("driverImage")
    let libraries: [LibrarySource]? = try members.optional("driverLibraries")
    switch (image, libraries) {
    case (nil, nil): break
    case (let image?, nil): rule.driver = .image(image)
    case (nil, let libraries?): rule.driver = .libraries(libraries.map(\.library).sorted { $0.path < $1.path })
    case (.some, .some): throw JSONError(.refused("expected driverImage or driverLibraries, found both"))
    }
    self.rule = rule
  }
}

/// `{path: /usr/lib/libcuda.so.550.54, sha256: ..., links: [libcuda.so.1]}`.
private struct LibrarySource: JSONObjectDecodable {
  let library: GPURule.Library

  init(members: inout JSONMembers) throws(JSONError) {
    let text: ByteString = try members.required("sha256")
    guard let digest = Hex.decode(text), digest.count == 32 else {
      throw JSONError.value(expected: "64 hexadecimal digits", found: text).under("sha256")
    }
    library = GPURule.Library(
      path: try members.required("path"), digest: ByteString(digest),
      links: Set(try members.optional("links", as: [ByteString].self) ?? []).sorted())
  }
}
