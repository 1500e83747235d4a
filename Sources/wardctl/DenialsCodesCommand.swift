internal import ArgumentParser
internal import Bytes
internal import Denials
internal import StrictJSON

/// `wardctl denials codes`: what the codes mean.
struct DenialsCodesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes", abstract: "List the codes and their causes.",
    discussion: "`wardctl denials explain CODE` has the page of one: when it comes, an example, and what to do.")

  @Flag(help: "Print the pages in full, as Markdown.") var markdown = false
  @Flag(help: "Print JSON.") var json = false

  func run() {
    if json {
      JSONOutput.print(.array(CodePage.all.map(\.json)))
    } else if markdown {
      for page in CodePage.all {
        print("## \(page.code)\n\n\(page.cause).\n\n\(page.meaning)\n\n    \(page.example)\n\n\(page.fix)\n")
      }
    } else {
      TextTable(headings: ["CODE", "CAUSE"], rows: CodePage.all.map { [$0.code, $0.cause] }).print()
    }
  }
}

extension CodePage {
  var json: JSONValue {
    [
      "code": .string(ByteString(code)), "cause": .string(ByteString(cause)), "meaning": .string(ByteString(meaning)),
      "example": .string(ByteString(example)), "fix": .string(ByteString(fix)),
    ]
  }
}
