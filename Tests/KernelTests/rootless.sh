#!/usr/bin/env bash
# Ward in a user namespace, as a rootless engine runs its runtime: user 0 there is an ordinary user of the node, without
# rights over cgroups and devices. What must work, and what is refused.
# shellcheck disable=SC2016,SC2154,SC2317 # the scripts of the container are its own; names come from the files above
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=admitted.sh
source "$(dirname "${BASH_SOURCE[0]}")/admitted.sh"
admit

# What the operator of such a node has to do: policy, state, log and TPM within reach of the user.
chown -R 100000:100000 "$root" /run/ward "$work/tpm" 2>/dev/null
chown 100000:100000 /etc/ward/ward.json
[[ -e $work/tpm/socket ]] || chown 100000:100000 /dev/tpmrm0

# rootless COMMAND...: as user 0 of a user namespace with ids from 100000, with a mount namespace of its own.
cat >"$work/enter" <<'ENTER'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
up, go = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    os.setgroups([]); os.setresgid(100000, 100000, 100000); os.setresuid(100000, 100000, 100000)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS): sys.exit("unshare: " + os.strerror(ctypes.get_errno()))
    os.write(up[1], b"x"); os.read(go[0], 1)
    os.setgroups([]); os.setresgid(0, 0, 0); os.setresuid(0, 0, 0)
    libc.prctl(36, 1, 0, 0, 0)
    os.execvp(sys.argv[1], sys.argv[1:])
if not os.read(up[0], 1): sys.exit(1)
for name in ("uid_map", "gid_map"):
    with open(f"/proc/{child}/{name}", "w") as file: file.write("0 100000 65536\n")
os.write(go[1], b"x")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
ENTER
export work root
export -f created running bundle
rootless() { python3 "$work/enter" "$@"; }

bundle in ".mounts |= map(select(.destination != \"/nothing\"))" sh -c \
  'echo $(id -u) $(stat -c %t:%T /dev/null /dev/zero) $(head -c 2 /dev/zero | wc -c) $(touch /made && stat -c %u /made) $(hostname)'
jq '.hostname = "box"' "$work/in/config.json" >"$work/in/new" && mv "$work/in/new" "$work/in/config.json"
chown -R 100000:100000 "$work/in"
same 'run: user 0, the node'"'"'s devices mounted, its own files and name' '0 1:3 1:5 2 0 box' \
  "$(rootless ward run --bundle "$work/in" in </dev/null 2>&1)"
same 'what it made belongs to the user' 100000 "$(stat -c %u "$root/made")"
same 'nothing is left' '' "$(ls /run/ward/containers)"

bundle life . sleep 1000
bundle limited '.linux.resources = {pids: {limit: 100}}' true
bundle shared '.linux.namespaces |= map(select(.type != "pid"))' true
bundle nested '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1000}]
  | .linux.gidMappings = .linux.uidMappings' sh -c 'echo $(id -u) $(cat /proc/self/uid_map) $(stat -c %t:%T /dev/null)'
bundle hosts '.linux.namespaces |= map(select(.type != "network"))' sh -c \
  'echo $(sed -n "s,.* /sys .* - \([a-z]*\) .*,\1,p" /proc/self/mountinfo) $(touch /sys/x 2>&1 | grep -c Read-only)'
# On ext4: Linux asks first whether the file system can map its owners, which tmpfs can since 6.3 only, then who asks.
truncate -s 8M "$work/ext4" && mkfs.ext4 -q -O ^has_journal "$work/ext4" && mkdir "$work/volume"
mount -o loop "$work/ext4" "$work/volume"
bundle mapped ".mounts += [{destination: \"/data\", type: \"bind\", source: \"$work/volume\", options: [\"bind\", \"idmap\"],
  uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}]" true
bundle device '.linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11}, {path: "/dev/fifo", type: "p"}]' sh -c \
  'stat -c %t:%T /dev/kmsg; stat -c %F /dev/fifo'
chown -R 100000:100000 "$work"/{life,limited,shared,nested,hosts,mapped,device}
same 'a life' 'created running 0 5 stopped' "$(rootless bash -c '
  ward create --bundle "$work/life" life </dev/null >"$work/life/out" 2>&1 || cat "$work/life/out"
  echo $(ward state life | jq -r .status) $(ward start life; ward state life | jq -r .status) \
    $(ward exec life id -u) $(ward exec life sh -c "exit 5"; echo $?) \
    $(ward kill life KILL; for _ in $(seq 50); do s=$(ward state life | jq -r .status); [ "$s" = stopped ] && break; sleep 0.1; done; echo "$s")
  ward delete life' 2>&1)"
same 'delete --force ends it' '' "$(rootless bash -c '
  ward run --detach --bundle "$work/life" life </dev/null >/dev/null 2>&1; ward delete --force life; ls /run/ward/containers' 2>&1)"
same 'a user namespace within' '0 0 1000 1000 1:3' "$(rootless ward run --bundle "$work/nested" nested </dev/null 2>&1)"
same 'the network of the node: its sysfs, read-only' 'sysfs 1' "$(rootless ward run --bundle "$work/hosts" hosts </dev/null 2>&1)"
same 'a device of the node, and a FIFO' '1:b fifo' "$(rootless ward run --bundle "$work/device" device </dev/null 2>&1 | tr '\n' ' ' | sed 's/ $//')"
refuses 'limits without rights over cgroups' 'has limits and needs a cgroup' rootless ward run --bundle "$work/limited" limited
refuses 'no cgroup and no pid namespace' 'a pid namespace that is not its own' rootless ward run --bundle "$work/shared" shared
refuses 'an id-mapped mount needs rights over the file system' 'not permitted' rootless ward run --bundle "$work/mapped" mapped
refuses 'no command without the policy within reach' 'permission denied' rootless bash -c \
  'mount -t tmpfs -o mode=0 none /run/ward && ward run --bundle "$work/in" in'
same 'nothing is left in the end' '' "$(ls /run/ward/containers)"
finish
