internal import ArgumentParser
internal import Bytes
internal import ImageBuilding

/// `DIR:TAG`; a tag has no colon.
struct LayoutArgument: ExpressibleByArgument {
  let directory: ByteString
  let tag: ByteString

  var source: ImageSource { .layout(directory, tag: tag) }

  init?(argument: String) {
    let text = ByteString(argument)
    guard let colon = text.bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0, colon + 1 < text.count else { return nil }
    (directory, tag) = (ByteString(text.bytes[..<colon]), ByteString(text.bytes[(colon + 1)...]))
  }
}

/// `FILE` or `FILE:NAME`; the file's name has no colon, the image's may have.
struct ArchiveArgument: ExpressibleByArgument {
  let source: ImageSource

  init?(argument: String) {
    let text = ByteString(argument)
    guard !text.isEmpty else { return nil }
    guard let (file, name) = text.splitFirst(UInt8(ascii: ":")) else {
      source = .archive(text, reference: nil)
      return
    }
    guard !file.isEmpty, !name.isEmpty else { return nil }
    source = .archive(file, reference: name)
  }
}

/// `ROOT@sha256:DIGEST`.
struct ContentStoreArgument: ExpressibleByArgument {
  let source: ImageSource

  init?(argument: String) {
    guard let (root, digest) = ByteString(argument).splitFirst(UInt8(ascii: "@")), !root.isEmpty, !digest.isEmpty else {
      return nil
    }
    source = .contentStore(root, digest: digest)
  }
}

/// What is hashed before each block.
struct SaltArgument: ExpressibleByArgument {
  let salt: ImageBuilder.Salt

  init(salt: ImageBuilder.Salt) { self.salt = salt }

  init?(argument: String) {
    if argument == "derived" {
      salt = .derived
    } else {
      guard let bytes = Hex.decode(ByteString(argument)), bytes.count <= 256 else { return nil }
      salt = .bytes(ByteString(bytes))
    }
  }

  var defaultValueDescription: String { "derived" }
}

/// A number of bytes, with the suffixes of Kubernetes.
struct SizeArgument: ExpressibleByArgument {
  let bytes: UInt64

  init(bytes: UInt64) { self.bytes = bytes }

  init?(argument: String) {
    let text = ByteString(argument)
    let units: [(ByteString, UInt64)] = [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40)]
    let unit = units.first { text.hasSuffix($0.0) }
    let digits = ByteString(text.bytes.dropLast(unit?.0.count ?? 0))
    guard let number = UInt64(decimal: digits), number <= 1 << 20 || unit == nil else { return nil }
    bytes = number * (unit?.1 ?? 1)
  }

  var defaultValueDescription: String { "\(bytes >> 30)Gi" }
}
