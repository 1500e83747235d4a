import Bytes
import Foundation
@testable import Policy
import StrictJSON
import Testing

/// Each case of Fixtures/cases.json has the code and the place that an admin will look for.
struct DenialTests {
  private let pod: Pod

  init() throws { pod = try Pod() }

  @Test(arguments: try CaseTable.read().create)
  func `a container with one mistake is refused with its code, at its place`(_ mistake: CaseTable.Mistake) throws {
    expect(try pod.evaluate(changing: mistake.changes), mistake)
    #expect(try pod.evaluate(changing: mistake.changes).entry == "embed")
  }

  @Test(arguments: try CaseTable.read().exec)
  func `an exec with one mistake is refused with its code, at its place`(_ mistake: CaseTable.Mistake) throws {
    let evaluation = try pod.exec(changing: mistake.changes)
    expect(evaluation, mistake)
    #expect(evaluation.entry == (mistake.code == "WARD-EXEC-UNKNOWN" ? "embed" : "embed/health"))
  }

  private func expect(_ evaluation: Evaluation, _ mistake: CaseTable.Mistake) {
    #expect(!evaluation.isAdmitted)
    #expect(evaluation.violations.first.map { ByteString($0.code.rawValue) } == mistake.code)
    #expect(evaluation.violations.first?.pointer == mistake.pointer)
    #expect(evaluation.codes.dropFirst().map { ByteString($0.rawValue) } == mistake.further)
    for violation in evaluation.violations {
      let text = violation.description
      #expect(text.utf8.count < 1024)
      #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
  }

  @Test(arguments: try CaseTable.read().harmless)
  func `what is not looked at changes nothing that is launched`(_ change: CaseTable.Harmless) throws {
    #expect(try pod.evaluate(changing: change.changes).container() == pod.evaluate().container())
  }

  /// The test fails for a number that is nowhere, and for a test elsewhere that is gone.
  @Test func `every case of the table is somewhere`() throws {
    let table = try CaseTable.read()
    let numbers = Set(
      table.create.flatMap(\.numbers) + table.exec.flatMap(\.numbers) + table.harmless.flatMap(\.numbers)
        + table.elsewhere.flatMap(\.numbers))
    #expect(numbers == Set(1...85))
    let named: Set<ByteString> = [
      "CVE-2019-5736", "CVE-2021-30465", "CVE-2023-27561", "CVE-2024-21626", "CVE-2024-45310", "CVE-2025-31133",
      "CVE-2025-52565", "CVE-2025-52881",
    ]
    #expect(Set(table.elsewhere.compactMap(\.cve)) == named)
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    for place in table.elsewhere {
      let text = try Data(contentsOf: repository.appending(path: place.file.description))
      #expect(text.firstRange(of: Data(place.text.bytes)) != nil, "\(place.file) has no \"\(place.text)\"")
    }
  }
}
