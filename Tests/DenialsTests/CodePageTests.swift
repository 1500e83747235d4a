import Attestation
import Policy
import Testing

@testable import Denials

struct CodePageTests {
  private static let codes = ViolationCode.allCases.map(\.rawValue) + AttestationCode.allCases.map(\.rawValue)

  @Test(arguments: codes) func `a code has its page: cause, example, fix`(code: String) throws {
    let page = try #require(CodePage.named(code), "no page: add one to CodePages+*.swift")
    #expect(page.code == code)
    #expect(!page.cause.isEmpty)
    #expect(page.meaning.hasSuffix("."))
    #expect(page.fix.hasSuffix("."))
    #expect(page.example.hasPrefix(code + " at /") || page.example.hasPrefix(code + ": "))
    #expect(page.example.contains(": expected ") && page.example.contains(", got "))
    for text in [page.meaning, page.example, page.fix] {
      #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
      #expect(!text.contains("  "))
    }
  }

  @Test func `each page is that of a code`() {
    #expect(CodePage.orphans.isEmpty)
    #expect(Set(CodePage.texts.map(\.code)).count == CodePage.texts.count)
    #expect(CodePage.all.map(\.code) == Self.codes)
  }

  @Test func `a page is found by its code, in any case and without its beginning`() {
    #expect(CodePage.named("env-unexpected")?.code == "WARD-ENV-UNEXPECTED")
    #expect(CodePage.named("ward-user")?.code == "WARD-USER")
    #expect(CodePage.named("WARD-NOTHING") == nil)
  }
}
