import Bytes
import StrictJSON
import Testing

@testable import DecisionLog
@testable import Denials

struct ReportTests {
  @Test func `what was sent is data of the page, and nothing of it is markup`() throws {
    var data = ReportData()
    let hostile: ByteString = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)>"
    data.add(
      try Embeddings.record(
        "create", [:], entry: hostile,
        violations: [.init(safe: "WARD-USER", pointer: hostile, expected: hostile, actual: hostile)]))
    let page = ReportPage.html(data, title: "<b>\"title\"</b>")
    #expect(!page.contains("<img"))
    #expect(page.ranges(of: "<script").count == 2)
    #expect(page.ranges(of: "</script>").count == 2)
    #expect(page.contains("<h1>&lt;b&gt;&quot;title&quot;&lt;/b&gt;</h1>"))
    // Nothing is fetched from anywhere.
    #expect(page.contains("default-src 'none'"))
    #expect(page.ranges(of: "://").count == 1, "the namespace of SVG is the only address")
  }

  @Test func `every denial is counted, and the newest stand by themselves`() throws {
    var data = ReportData()
    for number in 1...5000 as ClosedRange<UInt64> {
      data.add(
        try Embeddings.record(
          "create", [:], sequence: number,
          violations: [.init(safe: "WARD-USER", pointer: "", expected: "1", actual: "2")]))
    }
    let json = data.json
    #expect(json["/denied"] == 5000)
    #expect(json["/codes/0/count"] == 5000)
    #expect(json["/records/0/n"] == 5000)
    #expect(json["/records/1999/n"] == 3001)
    #expect(json["/records/2000"] == nil)
    #expect(json["/pages/WARD-USER/fix"] != nil)
  }
}
