#!/usr/bin/env bash
# A busybox container from create to delete under the conformance policy: what its process sees, may do and cannot reach,
# how failures are told, and that nothing stays behind.
# shellcheck disable=SC2016,SC2154,SC2317 # the scripts of the container are its own; check calls functions by name; names come from the files above
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=admitted.sh
source "$(dirname "${BASH_SOURCE[0]}")/admitted.sh"
admit
base='.root.readonly = true | .hostname = "box" | .process.env += ["TERM=xterm"] | .process.noNewPrivileges = true
  | .process.capabilities |= map_values(["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"])
  | .mounts += [
      {destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777"]},
      {destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]}]
  | .linux.maskedPaths = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware", "/proc/nothing"]
  | .linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]'

# What the process is.
inside 'the program is process 1 of its pid namespace' 1 'echo $$'
inside 'the host name is that of the plan' box hostname
inside 'loopback is up' '    inet 127.0.0.1/8 scope host lo' 'ip -4 address show lo | grep inet'
inside 'capabilities are those of the plan and no more' '0000000000000421 0000000000000421 0000000000000000' \
  'set -- $(grep -E "CapInh|CapEff|CapBnd" /proc/self/status); echo $4 $6 $2'
inside 'no new privileges' 'NoNewPrivs:	1' 'grep NoNewPrivs /proc/self/status'
inside 'another user has the home of the passwd file, no groups and no capabilities' \
  '1000 1000 1000 /home/app 0000000000000000' \
  'echo $(id -u) $(id -g) $(id -G) $HOME $(sed -n "s/CapEff:.//p" /proc/self/status)' '.process.user = {uid: 1000, gid: 1000}'
inside 'the environment is that of the plan' 'HOME=/root PATH=/bin PWD=/ SHLVL=1 TERM=xterm' 'echo $(env | sort)'
inside 'no descriptor of the runtime is left' '0 1 2 3' 'echo $(ls /proc/self/fd)'
inside 'limits' 64 'ulimit -n' '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}]'
inside 'umask of the plan' 0077 umask '.process.user.umask = 63'
inside 'the usual umask otherwise' 0022 umask
inside 'oom score' 500 'cat /proc/self/oom_score_adj' '.process.oomScoreAdj = 500'
inside 'the cgroup namespace shows the container at the top' 0 'grep -c ward /proc/self/cgroup || true'

bundle passed . sh -c 'cat <&3; ls /proc/self/fd | tr "\\n" " "'
same 'descriptors are passed on where asked for' 'hello0 1 2 3 4 ' \
  "$(ward run --preserve-fds 1 --bundle "$work/passed" passed </dev/null 3< <(printf hello) 4</dev/null)"
refuses 'a descriptor to pass on that is not open' 'descriptor 3 is not open' \
  ward run --preserve-fds 1 --bundle "$work/passed" passed

# What it sees.
inside 'nothing of the node is mounted' '/ /dev /dev/mqueue /dev/pts /dev/shm /proc /sys' \
  'echo $(cut -d " " -f 5 /proc/self/mountinfo | grep -v -E "^/(proc|sys)/" | sort -u)'
inside 'the default devices and links' 'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero' \
  'echo $(ls /dev)'
inside 'the null device is one' 'crw-rw-rw- 1, 3' 'set -- $(ls -l /dev/null); echo $1 $5 $6'
inside 'masked files are the null device, masked directories are empty' '0 0' \
  'echo $(cat /proc/timer_list /proc/keys | wc -c) $(ls /sys/firmware | wc -l)'
inside 'read-only paths and root' 3 \
  '{ touch /x; touch /sys/x; echo 1 >/proc/sys/kernel/domainname; } 2>&1 | grep -c "Read-only file system"'
inside 'settings of its own namespaces' '1 0' \
  'echo $(cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_default_ttl | head -n 1) 0' \
  '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
inside 'a bind mount that is read-only' '/data ro' \
  'touch /data/x 2>/dev/null || sed -n "s,.* \(/data\) \(r[ow]\).*,\1 \2,p" /proc/self/mountinfo' \
  ".mounts += [{destination: \"/data\", type: \"bind\", source: \"$root/etc\", options: [\"rbind\", \"ro\"]}]"
inside 'a tmpfs takes over what it covers' 'app:x:1000:1000::/home/app:/bin/sh' 'sed -i 1d /etc/passwd; cat /etc/passwd' \
  '.mounts += [{destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
same 'and leaves the original alone' 2 "$(wc -l <"$root/etc/passwd")"
inside 'a time namespace with its offset' yes '[ $(cut -d . -f 1 /proc/uptime) -gt 1000000 ] && echo yes' \
  '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000}}'
chmod 0755 "$work"
inside 'a user namespace: user 0 is not that of the node' '0 0 100000 65536' \
  'echo $(id -u) $(cat /proc/self/uid_map)' '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
chmod 0700 "$work"

# What cannot be made.
fails 'a program that is not there' 'exec: "nosuch": executable file not found in $PATH' . nosuch
fails 'a path that is not there' 'exec: "/nosuch": stat /nosuch: no such file or directory' . /nosuch
fails 'a file that is no program' 'exec: "/etc/passwd": permission denied' . /etc/passwd
fails 'a working directory behind a magic link (CVE-2024-21626)' 'working directory "/proc/self/fd/7"' \
  '.process.cwd = "/proc/self/fd/7"'
ln -sfn /tmp "$root/link"
fails '/proc on a link (CVE-2019-19921)' 'mount "/link"' '.mounts[0].destination = "/link"'
fails 'a bind source through a magic link (CVE-2024-21626)' 'openat2 /proc/self/cwd' \
  ".mounts += [{destination: \"/data\", type: \"bind\", source: \"/proc/self/cwd\", options: [\"bind\"]}]"
fails 'a network namespace of the node' "it is the node's own namespace" \
  '.linux.namespaces[1].path = "/proc/self/ns/net"'
fails 'a namespace of another kind' 'another kind' '.linux.namespaces[1].path = "/proc/self/ns/uts"'
fails 'a namespace that is none' 'it is no namespace' '.linux.namespaces[1].path = "/etc/passwd"'
fails 'a setting that is not there' 'sysctl net.no.such' '.linux.sysctl = {"net.no.such": "1"}'
fails 'a setting of the node (CVE-2022-0811)' WARD-SYSCTL '.linux.sysctl = {"vm.swappiness": "1"}'

# create, start, exec, delete.
bundle life . sleep 100
# A container keeps the streams of its create: a pipe of this script would stay open.
make_life() { ward create --bundle "$work/life" --pid-file "$work/pid" life </dev/null >"$work/out" 2>&1; }
check create make_life
same 'created' created "$(ward state life | jq -r .status)"
pid=$(cat "$work/pid")
same 'the waiting process holds its standard streams and two sockets' '2 0 1 2' \
  "$(ls -l "/proc/$pid/fd" | grep -c socket:) $(echo $(ls "/proc/$pid/fd" | head -n 3))"
check start ward start life
refuses 'a second start' 'cannot start an already running container' ward start life
same 'running' running "$(ward state life | jq -r .status)"
same 'exec is in the same namespaces' "$(readlink "/proc/$pid/ns/net" "/proc/$pid/ns/mnt" "/proc/$pid/ns/pid")" \
  "$(ward exec life sh -c 'for kind in net mnt pid; do readlink /proc/self/ns/$kind; done')"
ward exec life sh -c 'exit 7'
same 'exec passes the exit code' 7 $?
ward exec life sh -c 'kill -9 $$'
same 'exec tells a signal' 137 $?
refuses 'exec of what is not there' 'exec: "nosuch": executable file not found in $PATH' plain ward exec life nosuch
same 'exec passes its input on' hello "$(echo hello | ward exec life cat)"
same 'exec is in the cgroup' yes \
  "$(ward exec --detach --pid-file "$work/exec" life sleep 5 </dev/null >/dev/null 2>&1 && grep -q life "/proc/$(cat "$work/exec")/cgroup" && echo yes)"
check delete ward delete --force life
same 'nothing is left' '' "$(ls /run/ward/containers; find /sys/fs/cgroup -name life 2>/dev/null)"

# Killed half-way, the container ends and can be cleared.
bundle victim . sleep 100
for delay in 0.002 0.005 0.01 0.02; do
  ward create --bundle "$work/victim" victim >/dev/null 2>&1 &
  sleep "$delay"
  kill -9 $! 2>/dev/null
  wait $! 2>/dev/null
  check "a create killed after $delay s is cleared" ward delete --force victim
done
same 'and leaves nothing' '' "$(ls /run/ward/containers; find /sys/fs/cgroup -name victim 2>/dev/null)"
finish
