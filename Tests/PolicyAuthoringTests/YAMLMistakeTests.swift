import Bytes
import PolicyAuthoring
import Testing

/// A mistake of an author: where the message must point, and what it must say.
struct Mistake: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let place: String
  let message: String

  init(_ name: String, _ text: String, at place: String, _ message: String) {
    (self.name, self.text, self.place, self.message) = (name, text, place, message)
  }

  var testDescription: String { name }
}

struct YAMLMistakeTests {
  private static let head = "apiVersion: ward/v1\nkind: Policy\nmetadata: {name: a, version: 1}\n"

  @Test(arguments: [
    Mistake("empty", "", at: "1:1", "expected a document, found nothing"),
    Mistake("comment alone", "# nothing\n", at: "1:1", "expected a document, found nothing"),
    Mistake("byte order mark", "\u{FEFF}a: 1", at: "1:1", "expected no byte order mark"),
    Mistake("two documents", head + "---\na: 1\n", at: "4:1", "expected one document, found another"),
    Mistake("list at the top", "- a\n", at: "1:1", "expected a mapping, found a list"),
    Mistake(
      "anchor", head + "platform: &p bare-1\n", at: "4:11", "expected no anchor: write the value wherever it is meant"),
    Mistake(
      "anchor on a list", head + "containers: &c []\n", at: "4:13",
      "expected no anchor: write the value wherever it is meant"),
    Mistake("alias of nothing", head + "platform: *p\n", at: "4:11", "found undefined alias"),
    Mistake(
      "tag on a scalar", head + "platform: !!str bare-1\n", at: "4:11",
      "expected no tag: the place says what a value is"),
    Mistake(
      "tag on a mapping", head + "containers: !x {}\n", at: "4:13", "expected no tag: the place says what a value is"),
    Mistake(
      "merge key", head + "containers:\n  <<: {}\n", at: "5:3",
      "expected no merge key: write the values wherever they are meant"),
    Mistake(
      "number as key", head + "containers: {1: {}}\n", at: "4:14", "expected a string as key: write \"1\" in quotes"),
    Mistake("list as key", head + "? [a]\n: b\n", at: "4:3", "expected a plain key, found another kind of node"),
    Mistake(
      "duplicate key", head + "mode: audit\nmode: enforce\n", at: "4:1",
      "expected each key once, found \"mode\" again further down"),
    Mistake(
      "duplicate key with escapes", head + "mode: audit\n\"\\x6dode\": audit\n", at: "4:1",
      "expected each key once, found \"mode\" again further down"),
    Mistake(
      "tab for spaces", head + "containers:\n\ta: 1\n", at: "5:1",
      "while scanning for the next token: found character that cannot start any token"),
    Mistake(
      "open bracket", head + "platform: [a\n", at: "5:1",
      "while parsing a flow sequence: did not find expected ',' or ']'"),
    Mistake(
      "yes", head + "mode: yes\n", at: "4:7",
      "expected true, false or a string: readers of YAML disagree on yes, write \"yes\" in quotes"),
    Mistake(
      "Off", head + "mode: Off\n", at: "4:7",
      "expected true, false or a string: readers of YAML disagree on Off, write \"Off\" in quotes"),
    Mistake(
      "octal", head + "mode: 0755\n", at: "4:7",
      "expected a whole decimal number or a string: write \"0755\" in quotes if it is a string"),
    Mistake(
      "hexadecimal", head + "mode: 0x1F\n", at: "4:7",
      "expected a whole decimal number or a string: write \"0x1F\" in quotes if it is a string"),
    Mistake(
      "fraction", head + "mode: 1.5\n", at: "4:7",
      "expected a whole decimal number or a string: write \"1.5\" in quotes if it is a string"),
    Mistake(
      "exponent", head + "mode: 1e3\n", at: "4:7",
      "expected a whole decimal number or a string: write \"1e3\" in quotes if it is a string"),
    Mistake(
      "base 60", head + "mode: 1:30\n", at: "4:7",
      "expected a whole decimal number or a string: write \"1:30\" in quotes if it is a string"),
    Mistake("NUL", head + "mode: \"a\\0b\"\n", at: "4:7", "expected no NUL: the kernel's strings end there"),
    Mistake(
      "too deep", head + "mode: " + String(repeating: "[", count: 33) + String(repeating: "]", count: 33), at: "4:39",
      "expected at most 32 levels, found more"),
  ])
  func `a text without one reading is refused at its place`(mistake: Mistake) { expect(mistake) }

  @Test(arguments: [
    Mistake("unknown key", policy(container: "envv: {}"), at: "11:5", "unknown key \"envv\", did you mean \"env\"?"),
    Mistake(
      "key in another case", policy(container: "Stdio: {}"), at: "11:5",
      "unknown key \"Stdio\", did you mean \"stdio\"?"),
    Mistake(
      "key with two letters swapped", policy(container: "sdtio: {}"), at: "11:5",
      "unknown key \"sdtio\", did you mean \"stdio\"?"),
    Mistake("unknown key far from all", policy(container: "ports: []"), at: "11:5", "unknown key \"ports\""),
    Mistake(
      "misspelt key that must be there", policy(process: "agrs: [/bin/true]"), at: "9:5",
      "unknown key \"agrs\", did you mean \"args\"?"),
    Mistake(
      "missing key", "apiVersion: ward/v1\nkind: Policy\n", at: "1:1", "expected the key \"metadata\", found nothing"),
    Mistake(
      "missing key inside", head + "containers:\n  a:\n    args: [x]\n", at: "5:3",
      "expected the key \"image\", found nothing"),
    Mistake(
      "other version of the language", "apiVersion: ward/v2\nkind: Policy\nmetadata: {}\n", at: "1:13",
      "expected ward/v1, found \"ward/v2\""),
    Mistake(
      "version as a string", "apiVersion: ward/v1\nkind: Policy\nmetadata: {name: a, version: \"1\"}\n", at: "3:30",
      "expected a number, found a string"),
    Mistake(
      "version 0", "apiVersion: ward/v1\nkind: Policy\nmetadata: {name: a, version: 0}\nmode: conformance\n",
      at: "3:30", "expected a number from 1 to 9007199254740991, found 0"),
    Mistake(
      "name with capitals", "apiVersion: ward/v1\nkind: Policy\nmetadata: {name: Ab, version: 1}\nmode: conformance\n",
      at: "3:18", "expected a name of a-z, 0-9, - and . with at most 128 bytes, found \"Ab\""),
    Mistake(
      "number as argument", policy(process: "args: [/bin/sleep, 5]"), at: "9:24",
      "expected a string, found a number: write \"5\" in quotes"),
    Mistake(
      "boolean as variable", policy(container: "env: {DEBUG: true}"), at: "11:18",
      "expected a string, found a boolean: write \"true\" in quotes"),
    Mistake(
      "number in a list of values", policy(container: "env: {A: {oneOf: [\"1\", 2]}}"), at: "11:28",
      "expected a string, found a number: write \"2\" in quotes"),
    Mistake(
      "nothing as argument", policy(process: "args: [/bin/sh, ]\n    cwd:"), at: "10:9",
      "expected a string, found nothing"),
    Mistake("arguments as text", policy(process: "args: /bin/true"), at: "9:11", "expected a list, found a string"),
    Mistake(
      "no arguments", policy(process: "args: []"), at: "9:11", "expected at least the program, found an empty list"),
    Mistake(
      "unknown platform", policy().replacing("bare-1", with: "bear-1"), at: "4:11",
      "expected a platform (bare-1, containerd-cri-1, containerd-cri-2, containerd-ctr-1, crio-1, podman-4, podman-5), found \"bear-1\", did you mean \"bare-1\"?"
    ),
    Mistake(
      "unknown image", policy().replacing("image: busybox", with: "image: bussybox"), at: "8:12",
      "expected an image of the lock file, found \"bussybox\", did you mean \"busybox\"?"),
    Mistake(
      "unknown image of a volume", policy(container: "volumes: {/data: {image: dta}}"), at: "11:30",
      "expected an image of the lock file, found \"dta\""),
    Mistake(
      "unknown capability", policy(container: "capabilities: [NET_ADMN]"), at: "11:20",
      "expected a capability, found \"CAP_NET_ADMN\", did you mean \"CAP_NET_ADMIN\"?"),
    Mistake(
      "unknown signal", policy(container: "signals: [TREM]"), at: "11:15",
      "expected a signal, found \"TREM\", did you mean \"TERM\"?"),
    Mistake("signal 0", policy(container: "signals: [0]"), at: "11:15", "expected a signal from 1 to 64, found \"0\""),
    Mistake(
      "unknown filter", policy(container: "seccomp: inferrence"), at: "11:14",
      "expected a filter (inference, containerd-default, none), found \"inferrence\", did you mean \"inference\"?"),
    Mistake(
      "unknown limit of getrlimit", policy(container: "rlimits: {NOFILES: 1}"), at: "11:24",
      "expected a limit of getrlimit(2) such as NOFILE, found \"NOFILES\""),
    Mistake(
      "amount with another unit", policy(container: "scratch: {/tmp: {size: 64MB}}"), at: "11:28",
      "expected an amount such as 67108864, 64Mi or 1Gi, found \"64MB\""),
    Mistake(
      "amount too great", policy(container: "scratch: {/tmp: {size: 99999999999Ti}}"), at: "11:28",
      "expected an amount below 8Pi, found \"99999999999Ti\""),
    Mistake(
      "amount below 0", policy(container: "scratch: {/tmp: {size: -1}}"), at: "11:28",
      "expected an amount such as 67108864, 64Mi or 1Gi, found \"-1\""),
    Mistake(
      "scratch of 0 bytes", policy(container: "scratch: {/tmp: {size: 0}}"), at: "11:28",
      "expected a size in bytes, found 0"),
    Mistake(
      "permissions as a number", policy(container: "scratch: {/tmp: {size: 1, mode: 755}}"), at: "11:37",
      "expected a string, found a number: write \"755\" in quotes"),
    Mistake(
      "scratch over /proc", policy(container: "scratch: {/proc/x: {size: 1}}"), at: "11:24",
      "expected an absolute path without //, . and .., not /dev, /proc, /sys or below the last two, found \"/proc/x\""),
    Mistake(
      "range upside down", policy(container: "limits: {memory: {range: [2Gi, 1Gi]}}"), at: "11:30",
      "expected the smaller amount first"),
    Mistake(
      "range and max", policy(container: "limits: {pids: {range: [1, 2], max: 2}}"), at: "11:20",
      "expected one of range and max"),
    Mistake(
      "processors", policy(container: "limits: {cpu: {max: 1Gi}}"), at: "11:25",
      "expected processors such as 2 or 500m, found \"1Gi\""),
    Mistake(
      "pattern without a hole", policy(container: "env: {A: {pattern: b}}"), at: "11:14",
      "expected a pattern with a hole, found \"b\""),
    Mistake(
      "pattern of an unknown kind", policy(container: "env: {A: {pattern: \"{ipv5}\"}}"), at: "11:24",
      "expected a kind of hole (uid, uidEscaped, uuid, dnsLabel, dnsName, ipv4, port, id, word, text, hex:COUNT, int:FROM-TO), found {ipv5}"
    ),
    Mistake(
      "two forms of one value", policy(container: "env: {A: {range: [1, 2], oneOf: [a, b]}}"), at: "11:14",
      "expected a string or one of range, pattern, oneOf"),
    Mistake(
      "cwd relative", policy(container: "cwd: srv"), at: "11:10",
      "expected an absolute path without //, . and .., found \"srv\""),
    Mistake("user without gid", policy(user: "{uid: 1}"), at: "10:5", "expected the key \"gid\", found nothing"),
    Mistake(
      "uid too great", policy(user: "{uid: 4294967296, gid: 1}"), at: "10:17",
      "expected a number from 0 to 4294967295, found 4294967296"),
    Mistake(
      "need of nobody", policy(container: "needs: [db]"), at: "11:13",
      "expected another container of this policy, found \"db\""),
    Mistake(
      "sandbox without pods", policy() + "\nsandbox: {}", at: "12:10",
      "expected a platform with pods, found one without"),
    Mistake("no platform", head + "containers: {}\n", at: "1:1", "expected the key \"platform\", found nothing"),
    Mistake(
      "containers in conformance mode", policy() + "\nmode: conformance", at: "12:7",
      "expected nothing but name and version: conformance mode checks nothing"),
  ])
  func `what the language does not know is refused at its place`(mistake: Mistake) { expect(mistake) }

  @Test func `bytes that are not UTF-8 are refused at their place`() {
    let bytes = Array("a: b\nc: ".utf8) + [0xFF, 0xFE]
    let error = #expect(throws: SourceMessage.self) { try PolicySource(bytes, named: "policy.yaml") }
    #expect(error?.place == SourcePlace(line: 2, column: 4))
    #expect(error?.message == "expected UTF-8, found bytes that are none")
  }

  @Test func `a message shows the line and points at the place`() {
    let text = policy(container: "envv: {A: \"ü\u{1B}\"}")
    let error = #expect(throws: SourceMessage.self) { try compile(text) }
    #expect(error?.description.hasPrefix("policy.yaml:") == true)
    let plain = #expect(throws: SourceMessage.self) { try compile(policy(container: "envv: {}")) }
    #expect(
      plain?.description == """
        policy.yaml:11:5: unknown key "envv", did you mean "env"?
              envv: {}
              ^
        """)
  }

  @Test func `a text that is too long is refused`() {
    let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: PolicySource.sizeLimit + 1)
    let error = #expect(throws: SourceMessage.self) { try PolicySource(bytes, named: "policy.yaml") }
    #expect(error?.message == "expected at most 4194304 bytes, found 4194305")
  }

  private func expect(_ mistake: Mistake) {
    let error = #expect(throws: SourceMessage.self) { try compile(mistake.text) }
    #expect(error?.message == mistake.message)
    #expect(error.map { "\($0.place.line):\($0.place.column)" } == mistake.place)
    #expect(error?.severity == .error)
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}

/// What is wrong with a policy is told in one run.
struct EveryMistakeTests {
  @Test func `every mistake of a policy has its message`() throws {
    let text = """
      apiVersion: ward/v1
      kind: Policy
      metadata: {name: a, version: 1}
      platform: bare-1
      integrty: memory
      containers:
        one:
          image: app
          args: [/app, 7]
          scrach: {/tmp: {size: 1Mi}}
          env: {A: {range: [2, 1]}, B: {pattern: "{nothing}"}}
          signals: [TRM, KILL, HPU]
          exec: {look: {args: [/look], cwdd: /}}
        two:
          image: app
          args: [/app]
          user: {uid: -1, gid: x}
          limits: {memory: lots}
      """
    let error = try #require(throws: SourceMessage.self) { try PolicySource(Array(text.utf8), named: "a.yaml") }
    let found = error.each.map { "\($0.place.line): \($0.message)" }
    for (line, part) in [
      (5, "integrty"), (9, "expected a string"), (10, "scrach"), (11, "two numbers"), (11, "nothing"), (12, "TRM"),
      (12, "HPU"), (13, "cwdd"), (17, "found -1"), (18, "lots"),
    ] {
      #expect(found.contains { $0.hasPrefix("\(line): ") && $0.contains(part) }, "\(line) \(part) in \(found)")
    }
    #expect(found.count == 10)
  }

  @Test func `an image that is missing hides no other`() throws {
    let text = """
      apiVersion: ward/v1
      kind: Policy
      metadata: {name: a, version: 1}
      platform: bare-1
      containers:
        one: {image: app, args: [/app], user: {uid: 1, gid: 1}}
        two: {image: other, args: [/app]}
      """
    let source = try PolicySource(Array(text.utf8), named: "a.yaml")
    let error = try #require(throws: SourceMessage.self) { try source.compile(images: ImageLock()) }
    #expect(error.each.map(\.place.line) == [6, 7, 7])
  }
}
