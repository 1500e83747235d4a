// Guarantees: a gap is only a claim; `PolicyComparison` evaluates the command of each before it is told.
internal import Bytes
internal import Policy
internal import StrictJSON

/// Something that one entry admits, and another one perhaps not.
struct Gap {
  /// A command that would show it.
  enum Probe {
    /// What the first entry asks for, changed; `others` containers of the entry run already, some were `launched`, and
    /// one that it needs does not run.
    case create((inout ConfigurationDraft) -> Void, others: Int = 0, without: ByteString? = nil, launched: UInt64 = 0)
    /// What the first entry's exec of this name asks for, changed.
    case exec(ByteString, (inout ProcessDraft) -> Void)
    case kill(Int32)
    case pause
    /// None could be made.
    case none

    static var plainCreate: Probe { .create({ _ in }) }
  }

  /// In the bundle.
  let field: JSONPointer
  /// What the first entry says, in words.
  let has: String
  /// What the other one says, in words.
  let lacks: String
  let probe: Probe

  init(_ field: JSONPointer, has: String, lacks: String, _ probe: Probe) {
    (self.field, self.has, self.lacks, self.probe) = (field, has, lacks, probe)
  }
}

/// As ``Gap``, of a process that is part of a container or of an exec.
struct ProcessGap {
  let field: [ByteString]
  let has: String
  let lacks: String
  /// Nil where no process could be found that shows it.
  let change: ((inout ProcessDraft) -> Void)?

  init(_ field: [ByteString], has: String, lacks: String, _ change: ((inout ProcessDraft) -> Void)?) {
    (self.field, self.has, self.lacks, self.change) = (field, has, lacks, change)
  }
}

/// Two entries of which the first may admit more than the second.
struct Sides {
  let first: Scene
  let second: Scene
  /// Of the entry in the bundle.
  let place: JSONPointer

  var names: [ByteString: ByteString] { first.names.values }

  func inclusion(_ matchers: [Matcher], _ others: [Matcher]) -> Inclusion {
    Inclusion(matchers, in: others, names: names)
  }

  func sample(_ matchers: [Matcher]) -> ByteString? { Language(matchers, names: names).sample }

  /// Where the platform's shape stands in the bundle.
  var shapePlace: JSONPointer {
    switch first.entry.program {
    case .pause: "/platform/sandbox"
    case .image: "/platform/container"
    }
  }
}

extension [Matcher] {
  /// What is expected, in words.
  var text: String { isEmpty ? "nothing" : map(\.description).joined(separator: " or ") }
}

extension Matcher? {
  var text: String { map(\.description) ?? "nothing" }
}

extension [ByteString] {
  var text: String { isEmpty ? "none" : map(\.description).joined(separator: ", ") }
}
