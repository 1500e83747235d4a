import Bytes
import StrictJSON
import Testing

@testable import DecisionLog
@testable import Denials

/// The terminal view without a terminal.
struct BrowseTests {
  private func state(_ count: UInt64 = 50) throws -> BrowseState {
    var state = BrowseState()
    state.add(
      try (1...count).map { number in
        try Embeddings.record(
          "create", [:], entry: number % 2 == 0 ? "embed" : "proxy", sequence: number,
          violations: [
            .init(
              safe: number % 3 == 0 ? "WARD-USER" : "WARD-ENV-UNEXPECTED", pointer: "/process/env/3",
              expected: "no such variable", actual: ByteString(String(repeating: "long ", count: 40)))
          ])
      })
    return state
  }

  private func press(_ state: inout BrowseState, _ keys: String) {
    for key in BrowseKey.keys(Array(keys.utf8)) { state.take(key, rows: 24) }
  }

  @Test(arguments: [(24, 80), (6, 40), (50, 200)])
  func `every view fits the screen`(rows: Int, columns: Int) throws {
    for keys in ["", "jjj", "\r", "\rjj", "t", "tb", "?", "/user", "/nothing\r", "G"] {
      var state = try state()
      press(&state, keys)
      let screen = state.screen(rows: rows, columns: columns)
      #expect(screen.count == rows)
      for line in screen {
        #expect(line.text.utf8.count <= columns)
        #expect(line.text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
      }
    }
  }

  @Test func `keys move, open, search and leave`() throws {
    var state = try state()
    #expect(state.current?.sequence == 50)
    press(&state, "jj\u{1B}[B")
    #expect(state.current?.sequence == 47)
    press(&state, "G")
    #expect(state.current?.sequence == 1)
    press(&state, "g\r")
    #expect(state.view == .detail)
    press(&state, "n")
    #expect(state.current?.sequence == 49)
    press(&state, "q/user\r")
    #expect(state.view == .list)
    #expect(state.current?.sequence == 48)
    #expect(!state.isTyping)
    // In the search q is a letter.
    press(&state, "/q")
    #expect(state.isTyping && !state.isDone)
    press(&state, "\u{7F}\u{1B}")
    #expect(state.search.isEmpty)
    press(&state, "q")
    #expect(state.isDone)
  }

  @Test func `whoever looks at an older record keeps it while the log grows`() throws {
    var state = try state()
    press(&state, "jj")
    let more = try Embeddings.record("create", [:], sequence: 51)
    state.add([more])
    #expect(state.current?.sequence == 48)
    press(&state, "g")
    state.add([try Embeddings.record("create", [:], sequence: 52)])
    #expect(state.current?.sequence == 52)
  }
}
