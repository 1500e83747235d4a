import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

struct ViolationTests {
  @Test func `codes are unique, stable in form, and each has a cause of one line`() {
    let codes = ViolationCode.allCases.map(\.rawValue)
    #expect(Set(codes).count == codes.count)
    #expect(Set(ViolationCode.allCases.map(\.cause)).count == codes.count)
    for code in ViolationCode.allCases {
      #expect(code.rawValue.hasPrefix("WARD-"))
      #expect(code.rawValue.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x2D })
      #expect(!code.cause.isEmpty)
      #expect(!code.cause.contains("\n"))
      #expect(code.cause.last != ".")
      // Platforms read these phrases in a runtime's messages as other errors.
      for phrase in ["does not exist", "container not running", "no such process", "no such file or directory"] {
        #expect(!code.cause.contains(phrase))
      }
    }
  }

  @Test func `no value of a variable and no unknown argument is ever told`() throws {
    let pod = try Pod()
    let secret: ByteString = "s3cr3t-0f-th3-us3r"
    var changes: [(JSONPointer, JSONValue?)] = [("/process/args/5", .string(secret))]
    for (index, prefix) in ["PATH=", "HOSTNAME=", "MODEL_THREADS=", "POD_IP=", "", "=", "PATH=", "API_KEY="]
      .enumerated()
    {
      changes.append((("/process/env" as JSONPointer) / index, .string(ByteString(prefix) + secret)))
    }
    changes.append(("/annotations/io.kubernetes.cri.container-name", .string(secret + "!")))
    changes.append(("/annotations/token", .string(secret)))
    let evaluation = try pod.evaluate(changing: changes)
    #expect(evaluation.violations.count > 10)
    for violation in evaluation.violations {
      #expect(!violation.description.contains(secret.description), "\(violation)")
      // Nor what the policy has as an exact value.
      #expect(!violation.description.contains("/usr/bin:/bin"))
    }
    let unexpected = evaluation.violations.first { $0.code == .environmentUnexpected }
    #expect(
      unexpected?.description
        == "WARD-ENV-UNEXPECTED at /process/env/7: expected no such variable, got API_KEY=<18 bytes>")
  }

  @Test(arguments: ["\n", "\r\n", "\u{1B}[2J", "\u{202E}", "\u{7F}", "\u{85}"] as [ByteString])
  func `no outside text breaks a line or reaches a terminal`(_ text: ByteString) throws {
    let pod = try Pod()
    let long = (0..<2000).reduce(text) { text, _ in text + "x" }
    for value in [text, long] {
      let evaluation = try pod.evaluate(changing: [
        ("/process/env/12", .string("A" + value + "=1")), ("/process/cwd", .string("/" + value)),
        ("/mounts/6/source", .string(value)), ("/mounts/7/destination", .string("/" + value)),
        ("/mounts/8/options/0", .string(value)), ("/mounts/9/type", .string(value)), ("/hostname", .string(value)),
        (("/annotations" as JSONPointer) / value, "x"), (("/linux/sysctl" as JSONPointer) / value, "x"),
        (("/linux/resources/unified" as JSONPointer) / value, .string(value)),
        ("/annotations/io.kubernetes.cri.image-name", .string(value)), ("/linux/cgroupsPath", .string(value)),
        ("/linux/maskedPaths/0", .string(value)), ("/linux/namespaces/0/path", .string(value)),
      ])
      #expect(evaluation.violations.count >= 13)
      for violation in evaluation.violations {
        #expect(violation.description.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(violation)")
        #expect(violation.description.utf8.count < 1024)
      }
    }
  }

  @Test func `the refusal that is told is that of the container that was meant`() throws {
    let embed = try #require(try StrictJSON.parse(try fixture("embeddings.json"))["/containers/embed"])
    let pod = try Pod(changing: [
      ("/containers/aaa", embed.replacing("/args", with: ["aaa"])),
      ("/containers/zzz", embed.replacing("/args", with: ["zzz"])),
    ])
    // Whoever is called otherwise is still admitted: names steer nothing.
    let called = "/annotations/io.kubernetes.cri.container-name" as JSONPointer
    #expect(try pod.evaluate(changing: [(called, "zzz"), ("/mounts/7", nil)]).entry == "embed")
    #expect(try pod.evaluate(changing: [(called, "zzz"), ("/hooks", [:])]).entry == "zzz")
    #expect(try pod.evaluate(changing: [(called, nil), ("/hooks", [:])]).entry == "embed")
    #expect(try pod.evaluate(changing: [(called, "other"), ("/hooks", [:])]).entry == "embed")
  }

  @Test func `the trace tells the sections in order, admitted or not`() throws {
    let pod = try Pod()
    let admitted = try pod.evaluate()
    let refused = try pod.evaluate(changing: [("/process/user/uid", 0)])
    #expect(admitted.isAdmitted)
    #expect(admitted.trace == refused.trace)
    #expect(admitted.trace.prefix(3) == [.namespaces, .process, .arguments])
    #expect(Set(admitted.trace).count == admitted.trace.count)
  }
}
