#!/usr/bin/env bash
# Namespaces and devices of config.json under the conformance policy: new, by path and inherited; user namespaces with
# their mappings, and the devices in them.
# The same on any kernel: not repeated in the VM, where conformance.sh tries the same fields.
# shellcheck disable=SC2016,SC2154,SC2317 # the scripts of the container are its own; names come from the files above
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=admitted.sh
source "$(dirname "${BASH_SOURCE[0]}")/admitted.sh"
admit

# of PROCESS KIND: the namespace.
of() { readlink "/proc/$1/ns/$2"; }
# differs PID KIND: which of the namespaces of a container's process are not those of this script.
differs() {
  local pid=$1 kind
  for kind in user mnt pid net ipc uts cgroup time; do [[ $(of "$pid" "$kind") == "$(of $$ "$kind")" ]] || echo "$kind"; done
}
# namespaces TYPE...: a jq filter that leaves only these.
namespaces() { jq -cn '$ARGS.positional | map({type: .})' --args "$@" | sed 's/^/.linux.namespaces = /'; }
ids='.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 1000, hostID: 200000, size: 5}]
  | .linux.gidMappings = [{containerID: 0, hostID: 300000, size: 10}, {containerID: 1000, hostID: 400000, size: 5}]'
user=".linux.namespaces += [{type: \"user\"}] | $ids"
host_sys='.mounts |= map(select(.destination != "/sys")) | del(.hostname)'

# New and inherited.
running all "$user | .linux.namespaces += [{type: \"time\"}] | .linux.timeOffsets = {monotonic: {secs: 7}, boottime: {secs: 1000000, nanosecs: 1}}"
pid=$(cat "$work/all/pid")
same 'every kind is new' 'user mnt pid net ipc uts cgroup time ' "$(differs "$pid" | tr '\n' ' ')"
same 'exec is in all of them' 0 "$(ward exec all sh -c 'for kind in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$kind; done' |
  sort | comm -3 - <(for kind in user mnt pid net ipc uts cgroup time; do of "$pid" "$kind"; done | sort) | wc -l)"
same 'both clocks have their offsets' yes "$(ward exec all sh -c '[ $(cut -d . -f 1 /proc/uptime) -gt 1000000 ] && echo yes')"
ward delete --force all
running only "$(namespaces mount) | $host_sys"
same 'a mount namespace alone' 'mnt ' "$(differs "$(cat "$work/only/pid")" | tr '\n' ' ')"
same 'the process is one of the node' "$(cat "$work/only/pid")" "$(ward state only | jq .pid)"
ward exec --detach only sleep 999 </dev/null >/dev/null 2>&1
ward kill --all only KILL
for _ in {1..50}; do [[ $(ward state only | jq -r .status) == stopped ]] && break; sleep 0.1; done
same 'kill --all reaches every process of a shared pid namespace' 'stopped 0' \
  "$(ward state only | jq -r .status) $(pgrep -f 'sleep 999' -P $$ | wc -l)"
ward delete only
running only "$(namespaces mount) | $host_sys"
ward exec --detach only sleep 998 </dev/null >/dev/null 2>&1
ward delete --force only
same 'and so does delete' 0 "$(pgrep -fx 'sleep 998' -P $$ | wc -l)"
fails 'no mount namespace' 'needs a mount namespace' "$(namespaces pid network ipc uts)"
fails 'a host name without a namespace' 'needs a UTS namespace' "$(namespaces mount pid network) | .hostname = \"x\""

# By path.
running first "$user"
pid=$(cat "$work/first/pid")
paths='.linux.namespaces |= map(if .type == "mount" or .type == "cgroup" then . else .path = "/proc/'$pid'/ns/" +
  ({network: "net"}[.type] // .type) end)'
running second "$user | $paths"
second=$(cat "$work/second/pid")
same 'joined by path' 0 "$(for kind in user pid net ipc uts; do of "$second" "$kind"; done | comm -3 <(for kind in user pid net ipc uts; do of "$pid" "$kind"; done) - | wc -l)"
same 'and a mount namespace of its own, which belongs to the user namespace that it joined' 2 \
  "$(of "$second" mnt | comm -3 <(of "$pid" mnt) - | wc -l)"
same 'the other sees its processes' 2 "$(ward exec first sh -c 'cat /proc/[0-9]*/comm | grep -cx sleep')"
ward delete --force second
fails 'other mappings than those of the namespace' 'other ids than stated' "$user | $paths | .linux.uidMappings[0].size = 9"
ward delete --force first
running plain
pid=$(cat "$work/plain/pid")
running joins "$user | .linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$pid/ns/net\" else . end)"
same 'a user namespace beside a network of others' "$(of "$pid" net)" "$(of "$(cat "$work/joins/pid")" net)"
same 'whose sysfs is the node'"'"'s, read-only' 'sysfs 1' \
  "$(ward exec joins sh -c 'echo $(sed -n "s,.* /sys .* - \([a-z]*\) .*,\1,p" /proc/self/mountinfo) $(touch /sys/x 2>&1 | grep -c Read-only)')"
ward delete --force joins
ward delete --force plain

# What does not belong together.
fails 'a kind twice' 'expected pid once' '.linux.namespaces += [{type: "pid"}]'
fails 'mappings without a user namespace' 'a user namespace to map ids of' "$ids"
fails 'a user namespace without mappings' WARD-IDMAP '.linux.namespaces += [{type: "user"}]'
fails 'user 0 without an id' 'user 0 of the container' "$user | .linux.uidMappings[0].containerID = 1"
fails 'ids that overlap' 'uid_map' "$user | .linux.uidMappings[1].containerID = 5"
fails 'offsets without a time namespace' 'a new time namespace' '.linux.timeOffsets = {monotonic: {secs: 1}}'
inside 'a setting of its own network' 1 'cat /proc/sys/net/ipv4/conf/all/forwarding' '.linux.sysctl = {"net.ipv4.conf.all.forwarding": "1"}'
inside 'a setting of its own IPC' 5 'cat /proc/sys/fs/mqueue/msg_max' '.linux.sysctl = {"fs.mqueue.msg_max": "5"}'

# The user namespace.
inside 'several ranges' '0 100000 10 1000 200000 5' 'echo $(cat /proc/self/uid_map)' "$user"
inside 'and of groups' '0 300000 10 1000 400000 5' 'echo $(cat /proc/self/gid_map)' "$user"
inside 'a user of the second range' '1001 1002 1002 3' 'echo $(id -u) $(id -g) $(id -G)' \
  "$user | .process.user = {uid: 1001, gid: 1002, additionalGids: [3]}"
fails 'a user without an id' 'user and capabilities' "$user | .process.user.uid = 500"
inside 'files of the node belong to nobody' 65534 'stat -c %u /etc/passwd' "$user"
inside 'what the container makes belongs to it' '0 0' 'touch /tmp/x; stat -c "%u %g" /tmp/x' \
  "$user | .mounts += [{destination: \"/tmp\", type: \"tmpfs\", source: \"tmpfs\"}]"
inside 'its own procfs, sysfs and mqueue' 'proc sysfs mqueue' \
  'echo $(for place in /proc /sys /dev/mqueue; do sed -n "s,.* $place .* - \([a-z]*\) .*,\1,p" /proc/self/mountinfo; done)' \
  "$user | .mounts += [{destination: \"/dev/mqueue\", type: \"mqueue\", source: \"mqueue\"}]"
inside 'mounts of the node stay what they are' 1 'umount /data 2>/dev/null; mount -o remount,bind,rw /data 2>/dev/null; touch /data/x 2>&1 | grep -c Read-only' \
  "$user | .mounts += [{destination: \"/data\", type: \"bind\", source: \"$root/etc\", options: [\"bind\", \"ro\"]}]
   | .process.capabilities = {} | .process.noNewPrivileges = true"

# Devices.
facts='stat -c "%F %t:%T %a %u:%g" '
devices='.linux.devices = [
  {path: "/dev/one", type: "c", major: 1, minor: 5, fileMode: 416, uid: 7, gid: 8},
  {path: "/dev/deep/block", type: "b", major: 7, minor: 200, fileMode: 384},
  {path: "/dev/unbuffered", type: "u", major: 1, minor: 3},
  {path: "/dev/fifo", type: "p", fileMode: 384},
  {path: "/nodes/outside", type: "c", major: 1, minor: 7, fileMode: 438}]'
inside 'nodes of every kind' 'character special file 1:5 640 7:8
block special file 7:c8 600 0:0
character special file 1:3 666 0:0
fifo 0:0 600 0:0
character special file 1:7 666 0:0' "$facts /dev/one /dev/deep/block /dev/unbuffered /dev/fifo /nodes/outside" "$devices"
inside 'a node that is there already' 'character special file 1:7 666 0:0' "$facts /nodes/outside" "$devices"
fails 'another node in its place' 'device "/nodes/outside"' '.linux.devices = [{path: "/nodes/outside", type: "c", major: 1, minor: 5}]'
fails 'a file in its place' 'device "/etc/passwd"' '.linux.devices = [{path: "/etc/passwd", type: "c", major: 1, minor: 5}]'
rm -r "$root/nodes"
inside 'a user namespace: the default devices are those of the node' \
  'full=1:7 null=1:3 random=1:8 tty=5:0 urandom=1:9 zero=1:5 ' \
  'cd /dev; for name in full null random tty urandom zero; do printf "%s " "$name=$(stat -c %t:%T $name)"; done' "$user"
inside 'and work' '3 x' 'echo $(head -c 3 /dev/zero | wc -c) $(echo x >/dev/null && echo x)' "$user"
mknod /run/zero c 1 5
mkdir -p "$root/run"
touch "$root/run/zero"
inside 'a listed one as well, also outside of /dev, and a FIFO' '1:5 1:3 fifo' \
  'echo $(stat -c %t:%T /run/zero /dev/null) $(stat -c %F /dev/fifo)' \
  "$user | .linux.devices = [{path: \"/run/zero\", type: \"c\", major: 1, minor: 5}, {path: \"/dev/fifo\", type: \"p\"}]"
fails 'one that the node does not have' 'device "/dev/nosuch"' \
  "$user | .linux.devices = [{path: \"/dev/nosuch\", type: \"c\", major: 1, minor: 5}]"
fails 'one that is another on the node' 'device "/dev/null"' "$user | .linux.devices = [{path: \"/dev/null\", type: \"c\", major: 1, minor: 5}]"
inside 'the links' 'pts/ptmx /proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2' \
  'cd /dev; for name in ptmx fd stdin stdout stderr; do readlink $name; done | tr "\n" " " | sed "s/ $//"'
ln -sfn /tmp "$work/devlink"
mkdir "$work/linked"
make_root "$work/linked"
rmdir "$work/linked/dev"
ln -s /etc "$work/linked/dev"
fails 'CVE-2026-41579: /dev is a link of the image' 'mount "/dev"' ".root.path = \"$work/linked\""
same 'and nothing is made behind it' passwd "$(ls "$work/linked/etc")"
fails 'a masked path that is not absolute' WARD-MASKED-PATHS '.linux.maskedPaths = ["proc/kcore"]'
same 'nothing is left' '' "$(ls /run/ward/containers; pgrep -x ward -P $$)"
finish
