#!/usr/bin/env bash
# Published attacks by way of mounts: destinations, sources, volumes and device nodes that are links, become links, or
# change places with links while the runtime works.
# shellcheck disable=SC2016,SC2154 # the scripts of the container are its own; names come from the sourced files
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=hostile.sh
source "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"
hostile

volume=$work/volume
# fresh: the volume, which others may write to while the runtime works.
fresh() {
  rm -rf "$volume"
  mkdir -p "$volume/a"
}
share() { printf '.mounts += [{destination: "/vol", type: "bind", source: "%s", options: ["rbind", "rw"]}]' "$volume"; }
add() { printf ' | .mounts += [{destination: "%s", type: "%s", source: "%s", options: %s}]' "$@"; }
# A container's program looks for what no container may see.
seek="for place in / /vol /vol/a /vol/b /vol/link; do cat \$place/secret \$place$outside/secret \$place/a/secret 2>/dev/null && echo ESCAPED; done; true"

# CVE-2021-30465: the destination changes places with a link between its check and its use.
fresh
mkdir -p "$volume/a/b"
ln -s / "$volume/link"
swapping "$volume/a" "$volume/link"
bundle race "$(share)$(add /vol/a/tmp tmpfs tmpfs '["nosuid"]')$(add "/vol/a$work" tmpfs tmpfs '["nosuid"]')" sh -c "$seek"
race 'CVE-2021-30465: a destination changes places with a link to the root'
swapped
untouched 'CVE-2021-30465'
fresh
ln -s "../../../../../../..$outside" "$volume/link"
swapping "$volume/a" "$volume/link"
bundle race "$(share)$(add /vol/a/new/dir bind "$root/etc" '["bind"]')" sh -c "$seek"
race 'CVE-2021-30465: a destination changes places with a link out of the root'
swapped
untouched 'CVE-2021-30465, dots'

# CVE-2024-45310: directories and files that are made for mount points, on a volume that others change.
fresh
ln -s "$outside" "$volume/link"
swapping "$volume/a" "$volume/link"
bundle race "$(share)$(add /vol/a/x/y/z tmpfs tmpfs '[]')$(add /vol/a/file/one bind "$root/etc/passwd" '["bind"]')
  | .process.cwd = \"/vol/a/cwd/new\"" sh -c "$seek"
race 'CVE-2024-45310: missing directories are made while one changes places with a link'
swapped
untouched 'CVE-2024-45310'
# The same without luck: the link is there all the time.
fresh
rmdir "$volume/a"
ln -s "$outside" "$volume/a"
bundle link "$(share)$(add /vol/a/x/y/z tmpfs tmpfs '[]')$(add /vol/a/file bind "$root/etc/passwd" '["bind"]')" true
launch link >/dev/null 2>&1
untouched 'CVE-2024-45310, a link all the time'

# CVE-2026-41579, CVE-2026-47766: the image's /dev, or a directory of a device, is a link.
device='.linux.devices = [{path: "/made/tun", type: "c", major: 10, minor: 200, fileMode: 438}]'
for target in "$outside" "../../../../../../../..$outside" /proc/self/cwd; do
  root=$work/linked
  rm -rf "$root"
  make_root "$root"
  rmdir "$root/dev"
  ln -s "$target" "$root/dev"
  ln -s "$target" "$root/made"
  bundle linked . true
  launch linked >/dev/null 2>&1
  untouched "CVE-2026-41579: /dev is a link to ${target:0:12}"
  bundle linked 'del(.mounts[1, 2])' true
  launch linked >/dev/null 2>&1
  untouched "CVE-2026-41579: without a mount on /dev, which is a link to ${target:0:12}"
  bundle linked ".mounts |= map(select(.destination != \"/dev\")) | $device" true
  launch linked >/dev/null 2>&1
  untouched "CVE-2026-47766: a device in a directory that is a link to ${target:0:12}"
done
root=$work/linked
rm "$root/dev" "$root/made"
ln -s "$outside" "$root/gone"
mkdir "$root/dev"
swapping "$root/dev" "$root/gone"
bundle race "$device" sh -c 'cat /dev/secret 2>/dev/null && echo ESCAPED; true'
race 'CVE-2026-41579, CVE-2026-47766: /dev changes places with a link'
swapped
untouched 'CVE-2026-41579, CVE-2026-47766: the race'
# What the image has in /dev is not what the container gets, not under any name.
rm -rf "$root"
root=$work/rootfs
mkdir -p "$root/dev"
echo planted >"$root/dev/null"
ln -sfn "$outside/secret" "$root/dev/zero"
says 'CVE-2026-47766: devices that the image brings along are covered' 'character special file 0' . \
  'echo $(stat -c %F /dev/null /dev/zero | sort -u; cat /dev/null | wc -c)'
rm -f "$root/dev/null" "$root/dev/zero"

# CVE-2023-25809: a cgroup mount that a container without a cgroup namespace of its own can write to.
users='| .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
  | .linux.gidMappings = .linux.uidMappings'
# -writable would ask access(2), which root passes: the answer is a real write.
groups='for file in $(find /sys/fs/cgroup -name cgroup.procs -o -name release_agent -o -name tasks -o -name memory.max -o -name memory.limit_in_bytes -o -name notify_on_release 2>/dev/null); do
  cat $file >/dev/null 2>&1; (echo 1 >$file) 2>/dev/null && echo "ESCAPED: $file"; done; echo looked'
for kind in '' "$users"; do
  says "CVE-2023-25809: a read-only cgroup mount cannot be written to${kind:+ in a user namespace}" looked \
    ".$(add /sys sysfs sysfs '["nosuid", "noexec", "nodev", "ro"]')$(add /sys/fs/cgroup cgroup cgroup '["nosuid", "noexec", "nodev", "relatime", "ro"]') $kind" "$groups"
  bundle groups ".$(add /sys sysfs sysfs '["nosuid", "noexec", "nodev", "ro"]')$(add /sys/fs/cgroup cgroup cgroup '["nosuid", "noexec", "nodev"]') $kind" \
    sh -c 'find /sys/fs/cgroup -name release_agent; find /sys/fs/cgroup -mindepth 2 -type d | head -n 3'
  same "CVE-2023-25809: what can be written to is the container's own${kind:+, in a user namespace}" '' "$(launch groups 2>&1)"
done
finish
