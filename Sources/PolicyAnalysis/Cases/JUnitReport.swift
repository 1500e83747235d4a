internal import Bytes

/// Results in the XML that build servers read.
public struct JUnitReport {
  /// The document.
  public let text: String

  /// Reports files of cases, each with its results.
  public init(_ files: [(name: String, results: [PolicyCaseFile.Result])]) {
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>"]
    for (name, results) in files {
      let failures = results.count { $0.failure != nil }
      lines.append(
        "  <testsuite name=\"\(Self.escaped(name))\" tests=\"\(results.count)\" failures=\"\(failures)\" errors=\"0\">")
      for result in results {
        let start =
          "    <testcase classname=\"\(Self.escaped(name))\" name=\"\(Self.escaped(result.name.description))\""
        guard let failure = result.failure else {
          lines.append(start + "/>")
          continue
        }
        let message = failure.split(separator: "\n").first.map(String.init) ?? ""
        lines.append(start + ">")
        lines.append("      <failure message=\"\(Self.escaped(message))\">\(Self.escaped(failure))</failure>")
        lines.append("    </testcase>")
      }
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    text = lines.map { $0 + "\n" }.joined()
  }

  /// As XML has it; what is no printable ASCII is written as in ``Bytes/ByteString/description``, line feeds aside.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for line in ByteString(text).split(UInt8(ascii: "\n")) {
      if !escaped.isEmpty { escaped += "\n" }
      for character in line.description {
        switch character {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        case _: escaped.append(character)
        }
      }
    }
    return escaped
  }
}
