internal import Bytes

extension ServiceManifest {
  /// What kubelet tells pods of the service; a pod that started before the service has none of it.
  var variables: [EnvironmentDraft] {
    guard let first = ports.first else { return [] }
    let prefix = ServiceManifest.variable(name)
    let address = ValueDraft.Part.hole("ipv4", name: prefix)
    var variables: [EnvironmentDraft] = []
    func add(_ suffix: ByteString, _ parts: ValueDraft.Part...) {
      let note = variables.isEmpty ? "of the Service \(name)" : nil
      variables.append(
        EnvironmentDraft(
          name: prefix + suffix, value: ValueDraft(parts: parts), isOptional: true, note: note, origin: .service))
    }
    add("_SERVICE_HOST", address)
    add("_SERVICE_PORT", .text(first.digits))
    for port in ports {
      guard let name = port.name, !name.isEmpty else { continue }
      add("_SERVICE_PORT_" + ServiceManifest.variable(name), .text(port.digits))
    }
    add("_PORT", .text(first.transport.lower + "://"), address, .text(":" + first.digits))
    for port in ports {
      let suffix = "_PORT_" + port.digits + "_" + ByteString(port.transport.rawValue)
      add(suffix, .text(port.transport.lower + "://"), address, .text(":" + port.digits))
      add(suffix + "_PROTO", .text(port.transport.lower))
      add(suffix + "_PORT", .text(port.digits))
      add(suffix + "_ADDR", address)
    }
    return variables
  }

  /// A name as a part of a variable's name.
  private static func variable(_ name: ByteString) -> ByteString {
    ByteString(
      name.bytes.map { byte in
        switch byte {
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 0x20
        case _: byte
        }
      })
  }
}

extension ServiceManifest.Port {
  fileprivate var digits: ByteString { ByteString(String(number)) }
}

extension ServiceManifest.Transport {
  fileprivate var lower: ByteString {
    switch self {
    case .tcp: "tcp"
    case .udp: "udp"
    case .sctp: "sctp"
    }
  }
}
