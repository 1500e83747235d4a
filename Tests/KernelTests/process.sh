#!/usr/bin/env bash
# What config.json says of a process under the conformance policy, as seen from inside: scheduling, memory policy,
# execution domain, limits, terminal, labels, network devices.
# shellcheck disable=SC2016,SC2154,SC2317 # the scripts of the container are its own; names come from what is sourced
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=admitted.sh
source "$(dirname "${BASH_SOURCE[0]}")/admitted.sh"
admit
base='.process.noNewPrivileges = true | del(.process.capabilities)'
# shellcheck source=Hack/lib/packages.sh
source "$checkout/Hack/lib/packages.sh"
if ! output=$(require_packages iproute2 apparmor python3 jq 2>&1); then
  skip process "packages are missing and cannot be installed: ${output//$'\n'/; }"
  finish
fi

# Scheduling: field 19 of stat is the nice value.
inside 'a nice value' 7 'cut -d " " -f 19 /proc/1/stat' '.process.scheduler = {policy: "SCHED_OTHER", nice: 7}'
inside 'a negative nice value' -5 'cut -d " " -f 19 /proc/1/stat' '.process.scheduler = {policy: "SCHED_BATCH", nice: -5}'
inside 'SCHED_BATCH' 3 'cut -d " " -f 41 /proc/1/stat' '.process.scheduler = {policy: "SCHED_BATCH"}'
inside 'SCHED_IDLE' 5 'cut -d " " -f 41 /proc/1/stat' '.process.scheduler = {policy: "SCHED_IDLE"}'
inside 'a child starts anew with SCHED_FLAG_RESET_ON_FORK' '-5 0' 'echo $(cut -d " " -f 19 /proc/1/stat) $(cut -d " " -f 19 /proc/self/stat)' \
  '.process.scheduler = {policy: "SCHED_BATCH", nice: -5, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
# realtime NAME NUMBER PRIORITY SCHEDULER: a cgroup v1 without a share of real time refuses, and so does ward.
realtime() {
  local name=$1 number=$2 priority=$3 scheduler=$4 id=rt$$ output
  bundle "$id" ".process.scheduler = $scheduler" sh -c 'echo $(cut -d " " -f 40,41 /proc/1/stat)'
  output=$(ward run --bundle "$work/$id" "$id" </dev/null 2>&1)
  if [[ $output == *"scheduler: sched_setattr: operation not permitted"* && ! -e /sys/fs/cgroup/cgroup.controllers ]]; then
    skip "$name" 'the cgroup of this machine has no share of real time'
  else
    same "$name" "$priority $number" "$output"
  fi
}
realtime SCHED_FIFO 1 10 '{policy: "SCHED_FIFO", priority: 10}'
realtime SCHED_RR 2 20 '{policy: "SCHED_RR", priority: 20}'
realtime SCHED_DEADLINE 6 0 '{policy: "SCHED_DEADLINE", flags: ["SCHED_FLAG_RESET_ON_FORK"], runtime: 1000000, deadline: 20000000, period: 30000000}'
fails 'SCHED_ISO, which no kernel has' 'scheduler: sched_setattr: invalid argument' '.process.scheduler = {policy: "SCHED_ISO"}'
fails 'a nice value that is none' '/process/scheduler/nice: expected a number from -20 to 19, got 20' '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}'
fails 'a priority without meaning' 'expected none with SCHED_OTHER' '.process.scheduler = {policy: "SCHED_OTHER", priority: 1}'
fails 'a deadline without meaning' 'expected none with SCHED_BATCH' '.process.scheduler = {policy: "SCHED_BATCH", deadline: 1}'
inside 'the I/O priority' 'best-effort: prio 6' 'ionice -p 1' '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
inside 'the idle class' idle 'ionice -p 1' '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 7}'
inside 'the real-time class' 'realtime: prio 0' 'ionice -p 1' '.process.ioPriority = {class: "IOPRIO_CLASS_RT"}'
fails 'an I/O priority that is none' 'expected a number from 0 to 7, got 8' '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'

# The execution domain and memory: for every process of the container.
inside 'LINUX32' i686 'uname -m' '.linux.personality = {domain: "LINUX32"}'
inside 'LINUX' x86_64 'uname -m' '.linux.personality = {domain: "LINUX"}'
fails 'a flag of the domain' 'the specification defines no flag' '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
memory() { inside "memory policy $1" "$2" 'echo $(sed -n "1s/^[^ ]* \([^=]*\(=[^ ]*\)\?[^ ]*\) [^ ]*=.*/\1/p" /proc/1/numa_maps | sed "s/ file=.*//")' ".linux.memoryPolicy = $3"; }
if [[ -e /proc/self/numa_maps ]]; then
  memory MPOL_BIND bind:0 '{mode: "MPOL_BIND", nodes: "0"}'
  memory 'MPOL_INTERLEAVE with a flag' interleave=static:0 '{mode: "MPOL_INTERLEAVE", nodes: "0-0", flags: ["MPOL_F_STATIC_NODES"]}'
  memory 'MPOL_PREFERRED with a flag' prefer=relative:0 '{mode: "MPOL_PREFERRED", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}'
  memory MPOL_PREFERRED_MANY 'prefer (many):0' '{mode: "MPOL_PREFERRED_MANY", nodes: "0"}'
  memory MPOL_LOCAL local '{mode: "MPOL_LOCAL"}'
  memory MPOL_DEFAULT default '{mode: "MPOL_DEFAULT"}'
  fails 'nodes that are not there' 'memoryPolicy: set_mempolicy: invalid argument' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "63"}'
  fails 'a policy without its nodes' 'memoryPolicy: set_mempolicy: invalid argument' '.linux.memoryPolicy = {mode: "MPOL_BIND"}'
else
  skip 'memory policies' 'this kernel is built without NUMA'
  fails 'a memory policy on a kernel without' 'memoryPolicy: set_mempolicy: function not implemented' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
fi
fails 'a list of nodes that is none' 'expected a list of nodes such as 0-3,7' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-"}'

# Limits, user, terminal.
limits=$(jq -n '{CPU: 1000, CORE: 0, RSS: 1073741824, NPROC: 500, NOFILE: 64, MEMLOCK: 65536, LOCKS: 77, SIGPENDING: 99, MSGQUEUE: 4096,
  NICE: 0, RTPRIO: 0, RTTIME: 123456, FSIZE: 1000000, DATA: 100000000, STACK: 8000000, AS: 200000000}
  | to_entries | map({type: "RLIMIT_\(.key)", soft: .value, hard: .value})')
inside 'all limits' '1000 1000000 100000000 8000000 0 1073741824 500 64 65536 200000000 77 99 4096 0 0 123456' \
  'set -- $(sed -nE "s/^Max (cpu time|file size|data size|stack size|core file size|resident set|processes|open files|locked memory|address space|file locks|pending signals|msgqueue size|nice priority|realtime priority|realtime timeout) +([^ ]+) .*/\2/p" /proc/1/limits); echo $*' \
  ".process.rlimits = $limits"
fails 'a limit twice' 'expected RLIMIT_NOFILE once, got a second one' '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1, hard: 2}, {type: "RLIMIT_NOFILE", soft: 1, hard: 3}]'
fails 'a soft limit over the hard one' 'limits: prlimit resource 7: invalid argument' '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 3, hard: 2}]'
chmod 0755 "$work"
inside 'limits in a user namespace' '64 100000' 'echo $(ulimit -n) $(set -- $(cat /proc/self/uid_map); echo $2)' \
  '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}] | .linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
chmod 0700 "$work"
inside 'groups' '5 6 7 8' 'id -G' '.process.user = {uid: 4, gid: 5, additionalGids: [6, 7, 8]}'
inside 'umask' 0027 umask '.process.user.umask = 23'
inside 'oom score' 321 'cat /proc/1/oom_score_adj' '.process.oomScoreAdj = 321'
cat >"$work/terminal.py" <<'TEXT'
import array, os, socket, subprocess, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
command = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
connection, _ = listener.accept()
_, control, _, _ = connection.recvmsg(4096, 256)
master = array.array("i", control[0][2])[0]
command.wait()
print(os.read(master, 100).decode().strip())
TEXT
terminal=', {destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666", "mode=0620"]}'
bundle "tty$$" ".process.terminal = true | .process.consoleSize = {height: 33, width: 99} | .mounts += [${terminal#, }]" stty size
same 'the size of the terminal' '33 99' \
  "$(python3 "$work/terminal.py" "$work/console" ward run --console-socket "$work/console" --bundle "$work/tty$$" "tty$$" 2>&1)"
fails 'a size that no terminal has' '/process/consoleSize: expected at most 65535' '.process.terminal = true | .process.consoleSize = {height: 65536, width: 1}'

# A process that enters.
bundle "live$$" '.linux.personality = {domain: "LINUX32"} | .process.execCPUAffinity = {initial: "0", final: "1"}' sleep 100
create "live$$" && ward start "live$$"
affinity() { ward exec "live$$" sed -n 's/Cpus_allowed_list:.//p' "/proc/${1:-self}/status" </dev/null 2>&1; }
same 'it takes on the execution domain' i686 "$(ward exec "live$$" uname -m </dev/null)"
same 'execCPUAffinity is of a process that enters' 1 "$(affinity)"
same 'and not of the first' yes "$([[ $(affinity 1) != 1 ]] && echo yes)"
jq '.process | .args = ["sh", "-c", "echo $(cut -d \" \" -f 19 /proc/self/stat) $(ionice -p $$)"] | .scheduler = {policy: "SCHED_OTHER", nice: 3}
  | .ioPriority = {class: "IOPRIO_CLASS_BE", priority: 2} | .execCPUAffinity = {}' "$work/live$$/config.json" >"$work/process.json"
same 'a process of its own has its own schedule' '3 best-effort: prio 2' "$(ward exec --process "$work/process.json" "live$$" </dev/null 2>&1)"
jq '.execCPUAffinity = {final: "4000"}' "$work/process.json" >"$work/nowhere.json"
refuses 'CPUs that are not there' 'execCPUAffinity: sched_setaffinity 4000-4000: invalid argument' \
  plain ward exec --process "$work/nowhere.json" "live$$"
jq '.execCPUAffinity = {final: "x"}' "$work/process.json" >"$work/nolist.json"
refuses 'a list of CPUs that is none' 'expected a list of CPUs such as 0-3,7' plain ward exec --process "$work/nolist.json" "live$$"
ward delete --force "live$$"

# Labels.
if [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) == Y ]]; then
  mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
  printf 'profile ward-test flags=(attach_disconnected) {\n  /** rwmlix,\n  deny /secret rw,\n}\n' >"$work/profile"
  if ! command -v apparmor_parser >/dev/null; then not_ok 'an AppArmor profile' 'apparmor_parser is missing'; else
    check 'load a profile' apparmor_parser --replace --skip-cache "$work/profile"
    echo secret >"$root/secret"
    inside 'an AppArmor profile' "ward-test (enforce) cat: can't open '/secret': Permission denied" \
      'echo $(cat /proc/self/attr/current) $(cat /secret 2>&1)' '.process.apparmorProfile = "ward-test"'
    inside 'without one' 'unconfined secret' 'echo $(cat /proc/self/attr/current) $(cat /secret)'
    fails 'a profile that is not loaded' 'AppArmor profile "no-such-profile": write' '.process.apparmorProfile = "no-such-profile"'
    bundle "armor$$" '.' sleep 100
    create "armor$$" && ward start "armor$$"
    same 'a process that enters takes on its own' 'ward-test (enforce)' "$(ward exec --apparmor ward-test "armor$$" cat /proc/self/attr/current </dev/null 2>&1)"
    ward delete --force "armor$$"
  fi
else
  fails 'an AppArmor profile without AppArmor' 'AppArmor profile "x": AppArmor is not enabled on this node' '.process.apparmorProfile = "x"'
fi
if [[ ! -e /sys/fs/selinux/enforce ]]; then
  fails 'an SELinux label without SELinux' 'SELinux label "a:b:c": SELinux is not enabled on this node' '.process.selinuxLabel = "a:b:c"'
  fails 'a label of mounts without SELinux' 'mountLabel "a:b:c": SELinux is not enabled on this node' '.linux.mountLabel = "a:b:c"'
fi
if ! mountpoint -q /sys/fs/resctrl; then
  fails 'a class of cache without resctrl' 'intelRdt: resctrl is not mounted on /sys/fs/resctrl' '.linux.intelRdt = {closID: "x"}'
fi
fails 'a class with a path' 'expected / or the name of a class' '.linux.intelRdt = {closID: "../x"}'

# Network devices: a pair of which one end moves. In a namespace of this test's own.
ip netns add "ward-$$" 2>/dev/null || { mkdir -p /run/netns; ip netns add "ward-$$"; }
on_node() { nsenter "--net=/run/netns/ward-$$" "$@"; }
pair() {
  on_node ip link del keep 2>/dev/null
  on_node ip link add name moves type veth peer name keep
  on_node ip link set moves address 02:00:00:00:00:07 mtu 1400
  on_node ip address add 192.0.2.7/24 broadcast 192.0.2.255 dev moves
  on_node ip address add 198.51.100.7/32 dev moves
  on_node ip address add 2001:db8::7/64 dev moves nodad
  on_node ip address add 169.254.7.7/16 scope link dev moves
  on_node ip link set moves up
  on_node ip link set keep up
}
# moved NAME EXPECTED SCRIPT FILTER: as inside, with the pair.
moved() {
  local id=net$$-$((number += 1)) output
  pair
  bundle "$id" "$4" sh -c "$3"
  output=$(on_node ward run --bundle "$work/$id" "$id" </dev/null 2>&1)
  same "$1" "$2" "$output"
}
moved 'a device is renamed and up, with its address of hardware and its size' 'eth9 UP mtu 1400 02:00:00:00:00:07' \
  'set -- $(ip link show eth9 | tr "<>,:" "    " | head -n 1); shift; name=${1%@*}; set -- $(ip link show eth9 | tr "\n" " "); case $3 in *UP*) up=UP;; esac
   echo $name $up $4 $5 $(ip link show eth9 | sed -n "s,.*link/ether \([^ ]*\).*,\1,p")' '.linux.netDevices = {moves: {name: "eth9"}}'
moved 'permanent addresses of global scope move with it' '192.0.2.7/24 198.51.100.7/32 2001:db8::7/64' \
  'echo $(ip address show eth9 | sed -n "s/.*inet6\? \([^ ]*\) .*scope global.*/\1/p" | sort)' '.linux.netDevices = {moves: {name: "eth9"}}'
moved 'others do not' 0 'ip address show moves | grep -c 169.254 || true' '.linux.netDevices = {moves: {}}'
moved 'the kernel completes a name' yes 'ip link show eth0 >/dev/null && echo yes' '.linux.netDevices = {moves: {name: "eth%d"}}'
pair
bundle "net$$" '.linux.netDevices = {moves: {name: "lo"}}' true
refuses 'a name that is taken' 'network device "moves": rtnetlink lo: file exists' plain on_node ward create --bundle "$work/net$$" "net$$"
check 'and the device stays where it was' on_node ip link show moves
bundle "net$$" '.linux.netDevices = {nosuch: {}}' true
refuses 'a device that is not there' 'network device "nosuch": rtnetlink nosuch: no such device' plain on_node ward create --bundle "$work/net$$" "net$$"
ip netns add "ward-pod-$$"
pair
bundle "net$$" ".linux.netDevices = {moves: {name: \"eth7\"}} | (.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/ward-pod-$$\"" \
  sh -c 'ip link show eth7 >/dev/null && echo there'
same 'a device moves into a namespace that exists' there "$(on_node ward run --bundle "$work/net$$" "net$$" </dev/null 2>&1)"
check 'and stays in it' nsenter "--net=/run/netns/ward-pod-$$" ip link show eth7
ip netns del "ward-pod-$$"
ip netns del "ward-$$"
fails 'a device without a namespace' 'expected a network namespace of the container' '.linux.netDevices = {x: {}} | .linux.namespaces |= map(select(.type != "network"))'
fails 'a name that is none' 'expected a name of 1 to 15 bytes' '.linux.netDevices = {x: {name: "a/b"}}'
finish
