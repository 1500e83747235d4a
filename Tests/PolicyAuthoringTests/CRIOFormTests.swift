import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// What is peculiar to CRI-O's files.
struct CRIOFormTests {
  private let pod = CRIOPod(version: "1.36.3", name: "nginx", containers: ["nginx"])
  private let policy: Policy
  private let id: ByteString
  private let document: JSONValue

  init() throws { (policy, id, document) = (try pod.policy(), try pod.id("nginx"), try pod.document("nginx")) }

  private func codes(_ pointer: JSONPointer, _ value: JSONValue) -> [ViolationCode] {
    do {
      _ = try policy.plan(id, document.replacing(pointer, with: value))
      return []
    } catch let error as NotAdmitted { return error.violations.map(\.code) } catch { return [] }
  }

  @Test func `of two variables of one name the process gets the container's own`() throws {
    let own: ByteString = "PATH=/usr/sbin:/usr/bin"
    let usual: ByteString = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    let environment = try policy.plan(id, document).process.environment
    #expect(environment.filter { $0.hasPrefix("PATH=") } == [own])
    func codes(_ variables: [ByteString]) -> [ViolationCode] {
      self.codes("/process/env", .array(variables.map { .string($0) }))
    }
    #expect(codes([usual, "TERM=xterm", own]) == [])
    #expect(codes([usual, "TERM=xterm", "TERM=xterm", own]) == [])
    #expect(codes([own]) == [])
    #expect(codes([usual]) == [.environmentValue])
    // Not what the platform puts first, not in its place, and more than once.
    #expect(codes(["PATH=/tmp", "TERM=xterm", own]) == [.environmentValue, .environmentDuplicate])
    #expect(codes([own, "TERM=xterm", usual]) == [.environmentDuplicate])
    #expect(codes(["TERM=xterm", usual, own]) == [.environmentValue, .environmentDuplicate])
    #expect(codes([usual, "TERM=xterm", own, own]) == [.environmentDuplicate])
    #expect(codes([usual, "TERM=xterm", usual, own]) == [.environmentValue, .environmentDuplicate])
    #expect(codes([usual, "TERM=dumb", "TERM=xterm", own]) == [.environmentValue, .environmentDuplicate])
  }

  @Test func `the namespaces of one pod have one name`() throws {
    let names = ["netns/16b1c737-29cc-8875-8145-b7e71ff0de85", "ipcns/26b1c737-29cc-8875-8145-b7e71ff0de85"]
    let joined: [JSONValue] = names.map { path in
      ["type": path.hasPrefix("net") ? "network" : "ipc", "path": .string(ByteString("/var/run/" + path))]
    }
    let found = codes("/linux/namespaces", .array(joined + [["type": "pid"], ["type": "mount"], ["type": "uts"]]))
    #expect(found.filter { $0 == .namespace }.count == 2)
    #expect(try policy.plan(id, document).namespaces.filter { $0.origin != .new }.count == 3)
  }

  @Test func `systemd's cgroups are admitted, those of this container alone`() {
    let slice: ByteString = "kubepods-burstable-pod3b6f1c52_8a4e_4d0b_9c57_2f61de08a7b3.slice:crio:"
    #expect(codes("/linux/cgroupsPath", .string(slice + id)) == [])
    #expect(codes("/linux/cgroupsPath", .string(slice + "0" + ByteString(id.bytes.dropFirst()))) == [.cgroupPath])
    #expect(codes("/linux/cgroupsPath", .string("system.slice:crio:" + id)) == [.cgroupPath])
  }

  @Test func `an image as a volume is an overlay of CRI-O's storage, and the verified image is mounted`() throws {
    let pod = CRIOPod(version: "1.36.3", name: "inference", containers: ["embed"])
    let (policy, id, document) = (try pod.policy(), try pod.id("embed"), try pod.document("embed"))
    let model = try policy.plan(id, document).mounts.first { $0.destination == "/model" }
    guard case .image(let image)? = model?.source else {
      Issue.record("\(String(describing: model))")
      return
    }
    #expect(image.name == "minilm")
    let storage = "lowerdir=/var/lib/containers/storage/overlay/\(String(repeating: "0", count: 64))/merged"
    func admits(_ options: [String], source: JSONValue = "overlay") throws -> Bool {
      let mount: JSONValue = [
        "destination": "/model", "type": "overlay", "source": source,
        "options": .array(options.map { .string(ByteString($0)) }),
      ]
      guard case .object(let object) = document, case .array(let mounts)? = object["mounts"] else {
        throw JSONError(.missing)
      }
      let others = mounts.filter {
        if case .object(let other) = $0 { other["destination"] != "/model" } else { true }
      }
      do {
        _ = try policy.plan(id, document.replacing("/mounts", with: .array(others + [mount])))
        return true
      } catch is NotAdmitted { return false }
    }
    let empty = ":/var/run/crio/image-volumes"
    #expect(try admits([storage + empty]))
    for options in [
      [], [storage], [storage + empty, "ro"], ["upperdir=/tmp/u", storage + empty], [storage + empty + ":/etc"],
      ["lowerdir=/etc" + empty], [storage + ":/etc"],
    ] { #expect(try !admits(options), "\(options)") }
    #expect(try !admits([storage + empty], source: "none"))
  }
}
