import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

/// One mistake in an otherwise admitted command, and the code that it must get.
struct Mistake: Sendable, CustomTestStringConvertible {
  let name: String
  let changes: [(JSONPointer, JSONValue?)]
  let codes: [ViolationCode]

  init(_ name: String, _ changes: [(JSONPointer, JSONValue?)], _ codes: ViolationCode...) {
    (self.name, self.changes, self.codes) = (name, changes, codes)
  }

  var testDescription: String { name }
}

private let bind: JSONValue = ["rbind", "rprivate", "rw"]

private func mount(_ destination: ByteString, _ source: ByteString, _ options: JSONValue = bind) -> JSONValue {
  ["destination": .string(destination), "options": options, "source": .string(source), "type": "bind"]
}

private let sandboxes = "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/"

private let process: [Mistake] = [
  Mistake("a required variable is dropped", [("/process/env/0", nil)], .environmentMissing),
  Mistake("a name stands twice", [("/process/env/12", "MODEL_THREADS=3")], .environmentDuplicate),
  Mistake(
    "a name stands twice with the same value", [("/process/env/12", "PATH=/usr/bin:/bin")], .environmentDuplicate),
  Mistake("a platform's pattern for an entry's name", [("/process/env/2", "MODEL_THREADS=443")], .environmentValue),
  Mistake("LD_PRELOAD", [("/process/env/12", "LD_PRELOAD=/tmp/x.so")], .environmentUnexpected),
  Mistake("LD_LIBRARY_PATH", [("/process/env/12", "LD_LIBRARY_PATH=/tmp")], .environmentUnexpected),
  Mistake("GLIBC_TUNABLES", [("/process/env/12", "GLIBC_TUNABLES=glibc.malloc.check=1")], .environmentUnexpected),
  Mistake("NVIDIA_VISIBLE_DEVICES", [("/process/env/12", "NVIDIA_VISIBLE_DEVICES=all")], .environmentUnexpected),
  Mistake("CUDA_INJECTION64_PATH", [("/process/env/12", "CUDA_INJECTION64_PATH=/tmp/x")], .environmentUnexpected),
  Mistake("a variable in another case", [("/process/env/12", "path=/tmp")], .environmentUnexpected),
  Mistake("a variable without =", [("/process/env/12", "PATH")], .environmentForm),
  Mistake("a variable without a name", [("/process/env/12", "=x")], .environmentForm),
  Mistake("an empty variable", [("/process/env/12", "")], .environmentForm),
  Mistake("a line break in a value", [("/process/env/2", "MODEL_THREADS=2\nLD_PRELOAD=x")], .environmentValue),
  Mistake("a number with a sign", [("/process/env/2", "MODEL_THREADS=+2")], .environmentValue),
  Mistake("a number with a zero", [("/process/env/2", "MODEL_THREADS=02")], .environmentValue),
  Mistake("a number beyond the range", [("/process/env/2", "MODEL_THREADS=17")], .environmentValue),
  Mistake("another pod's name", [("/process/env/1", "HOSTNAME=other")], .environmentValue, .annotation),
  Mistake("an argument more", [("/process/args/6", "--debug")], .arguments),
  Mistake("an argument less", [("/process/args/5", nil)], .arguments),
  Mistake(
    "arguments joined", [("/process/args", ["python3 /srv/serve.py", "--model", "/model", "--port", "8080"])],
    .arguments),
  Mistake(
    "an argument split", [("/process/args", ["python3", "/srv/serve.py", "--model", "/model", "--port 8080", ""])],
    .arguments),
  Mistake("no arguments", [("/process/args", [])], .arguments),
  Mistake("arguments missing", [("/process/args", nil)], .arguments),
  Mistake("another path to the program", [("/process/args/0", "./python3")], .arguments),
  Mistake("a combining mark", [("/process/args/0", "python3\u{301}")], .arguments),
  Mistake("a group more", [("/process/user/additionalGids", [10001, 0])], .user),
  Mistake("root", [("/process/user/uid", 0)], .user),
  Mistake("root's group", [("/process/user/gid", 0)], .user),
  Mistake("a umask", [("/process/user/umask", 0)], .user),
  Mistake("a working directory behind a descriptor", [("/process/cwd", "/proc/self/fd/7")], .workingDirectory),
  Mistake("a working directory with ..", [("/process/cwd", "/..")], .workingDirectory),
  Mistake("ambient capabilities", [("/process/capabilities/ambient", ["CAP_SYS_ADMIN"])], .capabilities),
  Mistake("inheritable capabilities", [("/process/capabilities/inheritable", ["CAP_CHOWN"])], .capabilities),
  Mistake("bounding capabilities", [("/process/capabilities/bounding", ["CAP_SYS_PTRACE"])], .capabilities),
  Mistake("privileges may be gained", [("/process/noNewPrivileges", false)], .noNewPrivileges),
  Mistake("privileges may be gained by absence", [("/process/noNewPrivileges", nil)], .noNewPrivileges),
  Mistake("core dumps", [("/process/rlimits", [["type": "RLIMIT_CORE", "hard": 1, "soft": 1]])], .rlimit),
  Mistake("an OOM score below the platform's", [("/process/oomScoreAdj", -998)], .oomScore),
  Mistake("a terminal", [("/process/terminal", true)], .terminal),
  Mistake("a terminal's size", [("/process/consoleSize", ["height": 1, "width": 1])], .terminal),
  Mistake("no AppArmor", [("/process/apparmorProfile", "docker-default")], .securityLabel),
  Mistake("an SELinux label", [("/process/selinuxLabel", "system_u:system_r:spc_t:s0")], .securityLabel),
  Mistake("no process", [("/process", nil)], .processMissing),
]

private let mounts: [Mistake] = [
  Mistake("a mount is left out", [("/mounts/6", nil)], .mountMissing),
  Mistake(
    "a mount stands twice",
    [("/mounts/11", mount("/etc/hosts", "/var/lib/kubelet/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/etc-hosts"))],
    .mountDuplicate),
  Mistake(
    "a mount comes before what it lies beneath",
    [
      (
        "/mounts/1",
        [
          "destination": "/dev/pts", "type": "devpts", "source": "devpts",
          "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        ]
      ),
      (
        "/mounts/2",
        [
          "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
          "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
        ]
      ),
    ], .mountOrder),
  Mistake("the root of the node", [("/mounts/11", mount("/mnt", "/"))], .mountUnexpected),
  Mistake("a mount over the root", [("/mounts/11", mount("/", "/"))], .mountDestination),
  Mistake("a mount over /proc", [("/mounts/11", mount("/proc", "/tmp"))], .mountDuplicate),
  Mistake("a mount below /proc", [("/mounts/11", mount("/proc/sys", "/tmp"))], .mountUnexpected),
  Mistake("a mount over /etc/passwd", [("/mounts/11", mount("/etc/passwd", "/tmp/passwd"))], .mountUnexpected),
  Mistake("a mount over /etc", [("/mounts/11", mount("/etc", "/tmp"))], .mountUnexpected),
  Mistake("a place with ..", [("/mounts/6/destination", "/etc/../etc/hosts")], .mountDestination, .mountMissing),
  Mistake("a place with //", [("/mounts/6/destination", "/etc//hosts")], .mountDestination, .mountMissing),
  Mistake("a place with /.", [("/mounts/6/destination", "/etc/hosts/.")], .mountDestination, .mountMissing),
  Mistake("a place with / at the end", [("/mounts/6/destination", "/etc/hosts/")], .mountDestination, .mountMissing),
  Mistake("a relative place", [("/mounts/6/destination", "etc/hosts")], .mountDestination, .mountMissing),
  Mistake("a source with ..", [("/mounts/6/source", "/var/lib/kubelet/pods/../../../../etc/hosts")], .mountSource),
  Mistake("a relative source", [("/mounts/6/source", "etc-hosts")], .mountSource),
  Mistake("a source behind a magic link", [("/mounts/6/source", "/proc/1/root/etc/hosts")], .mountSource),
  Mistake(
    "a source of another pod",
    [("/mounts/6/source", "/var/lib/kubelet/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b4/etc-hosts")], .mountSource),
  Mistake(
    "a source of another sandbox",
    [
      (
        "/mounts/8/source",
        .string(ByteString(sandboxes) + "0000000000000000000000000000000000000000000000000000000000000000/hostname")
      )
    ], .mountSource),
  Mistake(
    "a source that is a prefix",
    [("/mounts/6/source", "/var/lib/kubelet/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/etc-hosts/x")], .mountSource),
  Mistake(
    "bind by option in place of proc", [("/mounts/0/options", ["nosuid", "noexec", "nodev", "bind"])], .mountOptions),
  Mistake("bind in place of proc", [("/mounts/0/type", "bind")], .mountType),
  Mistake("virtiofs in place of tmpfs", [("/mounts/1/type", "virtiofs")], .mountType),
  Mistake("9p in place of tmpfs", [("/mounts/1/type", "9p")], .mountType),
  Mistake("overlay in place of tmpfs", [("/mounts/1/type", "overlay")], .mountType),
  Mistake("no type", [("/mounts/1/type", nil)], .mountType),
  Mistake("no options", [("/mounts/0/options", nil)], .mountOptions),
  Mistake("rw after ro", [("/mounts/4/options/4", "rw")], .mountOptions),
  Mistake("suid after nosuid", [("/mounts/0/options/3", "suid")], .mountOptions),
  Mistake("exec", [("/mounts/0/options/1", "exec")], .mountOptions),
  Mistake("rshared", [("/mounts/6/options/1", "rshared")], .mountOptions),
  Mistake("idmap", [("/mounts/6/options/3", "idmap")], .mountOptions),
  Mistake("id mappings", [("/mounts/6/uidMappings", [["containerID": 0, "hostID": 0, "size": 1]])], .mountIDMapping),
  Mistake("a comma in an option", [("/mounts/1/options/3", "size=65536k,exec")], .mountOptions),
  Mistake("a tmpfs without bound", [("/mounts/1/options/3", "size=0")], .mountOptions),
  Mistake("tmpcopyup", [("/mounts/1/options/4", "tmpcopyup")], .mountOptions),
  Mistake("remount", [("/mounts/1/options/4", "remount")], .mountOptions),
  Mistake("a disk for scratch", [("/mounts/11", mount("/tmp", "/dev/vdb"))], .mountSource),
  Mistake("a directory of the node for a volume", [("/mounts/11", mount("/model", "/etc"))], .mountSource),
  Mistake(
    "a file system for scratch", [("/mounts/11", ["destination": "/tmp", "type": "ext4", "source": "/dev/vdb"])],
    .mountType),
  Mistake(
    "an option more for scratch",
    [
      (
        "/mounts/11",
        mount(
          "/tmp", "/var/lib/kubelet/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/volumes/kubernetes.io~empty-dir/tmp",
          ["rbind", "rshared"])
      )
    ], .mountOptions),
  Mistake(
    "another pod's volume for scratch",
    [
      (
        "/mounts/11",
        mount("/tmp", "/var/lib/kubelet/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b4/volumes/kubernetes.io~empty-dir/tmp")
      )
    ], .mountSource),
]

private let kernel: [Mistake] = [
  Mistake("a masked path is dropped", [("/linux/maskedPaths/2", nil)], .maskedPaths),
  Mistake("a masked path is added", [("/linux/maskedPaths/10", "/etc/passwd")], .maskedPaths),
  Mistake("a masked path stands for another", [("/linux/maskedPaths/2", "/proc/acpi")], .maskedPaths),
  Mistake("no masked paths", [("/linux/maskedPaths", nil)], .maskedPaths),
  Mistake("a read-only path is dropped", [("/linux/readonlyPaths/0", nil)], .readonlyPaths),
  Mistake("no PID namespace", [("/linux/namespaces/0", nil)], .namespace),
  Mistake("no mount namespace", [("/linux/namespaces/3", nil)], .namespace),
  Mistake("no network namespace", [("/linux/namespaces/4", nil)], .namespace),
  Mistake("no namespaces", [("/linux/namespaces", nil)], .namespace, .annotation, .environmentValue, .mountSource),
  Mistake("a namespace twice", [("/linux/namespaces/6", ["type": "pid"])], .namespace),
  Mistake("the PID namespace of the node", [("/linux/namespaces/0/path", "/proc/1/ns/pid")], .namespace),
  Mistake("the PID namespace of the sandbox", [("/linux/namespaces/0/path", "/proc/1742/ns/pid")], .namespace),
  Mistake("the network of the node", [("/linux/namespaces/4/path", "/proc/1/ns/net")], .sandbox),
  Mistake("another file of the sandbox", [("/linux/namespaces/4/path", "/proc/1742/ns/mnt")], .sandbox),
  Mistake("a path with ..", [("/linux/namespaces/4/path", "/proc/1742/../1/ns/net")], .sandbox),
  Mistake("a path with a zero", [("/linux/namespaces/4/path", "/proc/01742/ns/net")], .sandbox),
  Mistake("a path with a line break", [("/linux/namespaces/4/path", "/proc/1742/ns/net\n")], .sandbox),
  Mistake("a network of its own", [("/linux/namespaces/4/path", nil)], .namespace),
  Mistake(
    "a CNI network beside the sandbox",
    [("/linux/namespaces/4/path", "/var/run/netns/cni-6f0a1f7e-52c8-0d4b-b1a9-9e3f7c2d5a10")], .sandbox),
  Mistake("an empty path", [("/linux/namespaces/4/path", "")], .sandbox),
  Mistake("a user namespace", [("/linux/namespaces/6", ["type": "user"])], .namespace),
  Mistake("a time namespace", [("/linux/namespaces/6", ["type": "time"])], .namespace),
  Mistake("clock offsets", [("/linux/timeOffsets", ["boottime": ["secs": 1]])], .timeOffset),
  Mistake("id mappings", [("/linux/uidMappings", [["containerID": 0, "hostID": 0, "size": 1]])], .idMapping),
  Mistake("/dev/mem", [("/linux/devices", [["path": "/dev/mem", "type": "c", "major": 1, "minor": 1]])], .device),
  Mistake(
    "/dev/null with wrong numbers", [("/linux/devices", [["path": "/dev/null", "type": "c", "major": 1, "minor": 1]])],
    .device),
  Mistake(
    "/dev/tpmrm0", [("/linux/devices", [["path": "/dev/tpmrm0", "type": "c", "major": 253, "minor": 65536]])], .device),
  Mistake("all devices", [("/linux/resources/devices/1", ["allow": true, "access": "rwm"])], .deviceRules),
  Mistake("all devices by one rule", [("/linux/resources/devices/0/allow", true)], .deviceRules),
  Mistake("no device rules", [("/linux/resources/devices", [])], .deviceRules),
  Mistake("a core pattern", [("/linux/sysctl", ["kernel.core_pattern": "|/bin/x"])], .sysctl),
  Mistake("a sysctl with slashes", [("/linux/sysctl", ["kernel/core_pattern": "x"])], .sysctl),
  Mistake("a network sysctl of the sandbox", [("/linux/sysctl", ["net.ipv4.ip_forward": "1"])], .sysctl),
  Mistake("a cgroup of the node", [("/linux/cgroupsPath", "/")], .cgroupPath),
  Mistake("a cgroup with ..", [("/linux/cgroupsPath", "/kubepods/../system.slice/x")], .cgroupPath),
  Mistake(
    "another pod's cgroup",
    [
      (
        "/linux/cgroupsPath",
        "/kubepods/burstable/pod3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b4/c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a"
      )
    ], .cgroupPath),
  Mistake(
    "another container's cgroup",
    [
      (
        "/linux/cgroupsPath",
        "/kubepods/burstable/pod3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/5f0c8d7be2a94c1f3e6d5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706"
      )
    ], .cgroupPath),
  Mistake(
    "a systemd slice of the node",
    [
      (
        "/linux/cgroupsPath",
        "system.slice:cri-containerd:c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a"
      )
    ], .cgroupPath),
  Mistake("no cgroup", [("/linux/cgroupsPath", nil)], .cgroupPath),
  Mistake("a file of cgroup v2", [("/linux/resources/unified", ["cgroup.freeze": "1"])], .resource),
  Mistake("a file outside of the cgroup", [("/linux/resources/unified", ["../cgroup.procs": "1"])], .resource),
  Mistake("memory to starve", [("/linux/resources/memory/limit", 1)], .limit),
  Mistake("no memory limit", [("/linux/resources/memory/limit", nil)], .limit),
  Mistake("memory without bound", [("/linux/resources/memory/limit", -1)], .limit),
  Mistake("pids to starve", [("/linux/resources/pids", ["limit": 0])], .limit),
  Mistake("cpu to starve", [("/linux/resources/cpu/shares", 1)], .limit),
  Mistake("a limit that no one names", [("/linux/resources/memory/reservation", 1)], .limit),
  Mistake("a cpuset", [("/linux/resources/cpu/cpus", "")], .resource),
  Mistake("the OOM killer is off", [("/linux/resources/memory/disableOOMKiller", true)], .resource),
  Mistake("huge pages", [("/linux/resources/hugepageLimits", [["pageSize": "2MB", "limit": 1]])], .resource),
  Mistake("a cache class", [("/linux/intelRdt", ["closID": "x"])], .intelRdt),
  Mistake("an execution domain", [("/linux/personality", ["domain": "LINUX32"])], .personality),
  Mistake("a shared root", [("/linux/rootfsPropagation", "shared")], .rootPropagation),
  Mistake("a network device", [("/linux/netDevices", ["eth0": [:]])], .netDevice),
  Mistake("no hooks, said so", [("/hooks", [:])], .hooks),
  Mistake("a prestart hook", [("/hooks", ["prestart": [["path": "/bin/sh"]]])], .hooks),
  Mistake("a createRuntime hook", [("/hooks", ["createRuntime": [["path": "/bin/sh"]]])], .hooks),
  Mistake("a createContainer hook", [("/hooks", ["createContainer": [["path": "/bin/sh"]]])], .hooks),
  Mistake("a startContainer hook", [("/hooks", ["startContainer": [["path": "/bin/sh"]]])], .hooks),
  Mistake("a poststart hook", [("/hooks", ["poststart": [["path": "/bin/sh"]]])], .hooks),
  Mistake("a poststop hook", [("/hooks", ["poststop": [["path": "/bin/sh"]]])], .hooks),
  Mistake("a host name in the sandbox's namespace", [("/hostname", "embeddings-7d9c6b5f4-x2x8q")], .hostname),
  Mistake("a domain name", [("/domainname", "example.org")], .hostname),
  Mistake(
    "another image", [("/annotations/io.kubernetes.cri.image-name", "docker.io/library/busybox:latest")],
    .imageReference),
  Mistake("a CDI annotation", [("/annotations/cdi.k8s.io~1gpu", "nvidia.com/gpu=all")], .annotation),
  Mistake("an annotation of the runtime", [("/annotations/run.oci.keep_original_groups", "1")], .annotation),
  Mistake(
    "another pod's sandbox",
    [("/annotations/io.kubernetes.cri.sandbox-id", "0000000000000000000000000000000000000000000000000000000000000000")],
    .annotation),
  Mistake("a line break in an annotation", [("/annotations/io.kubernetes.cri.container-name", "embed\n")], .annotation),
]

struct DenialTests {
  private let pod: Pod

  init() throws { pod = try Pod() }

  @Test(arguments: process + mounts + kernel)
  func `a container with one mistake is refused with its code`(_ mistake: Mistake) throws {
    let evaluation = try pod.evaluate(changing: mistake.changes)
    #expect(!evaluation.isAdmitted)
    #expect(evaluation.entry == "embed")
    #expect(Set(evaluation.codes).isSubset(of: Set(mistake.codes)), "\(evaluation.violations)")
    #expect(evaluation.codes.contains(mistake.codes[0]), "\(evaluation.violations)")
    for violation in evaluation.violations {
      let text = violation.description
      #expect(text.utf8.count < 1024)
      #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
  }
}
