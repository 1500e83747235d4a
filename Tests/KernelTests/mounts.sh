#!/usr/bin/env bash
# Mounts of config.json under the conformance policy: every option, propagation, id mapping, and what a mount point may be;
# facts are checked from inside of the container.
# The same on any kernel: not repeated in the VM, where conformance.sh tries the same fields.
# shellcheck disable=SC2016,SC2154,SC2317 # the scripts of the container are its own; names come from the files above
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=admitted.sh
source "$(dirname "${BASH_SOURCE[0]}")/admitted.sh"
admit

# mount_at DESTINATION TYPE SOURCE OPTION...: a jq filter that adds a mount.
mount_at() {
  jq -cn --arg d "$1" --arg t "$2" --arg s "$3" '{destination: $d, type: $t, source: $s, options: $ARGS.positional}' \
    --args -- "${@:4}" | sed 's/^/.mounts += [/; s/$/]/'
}
# The options of a mount as its own mountinfo tells them, sorted: those of the mount, and those of the file system.
own='options() { sed -n "s,^[^ ]* [^ ]* [^ ]* [^ ]* $1 \([^ ]*\) .*,\1,p" /proc/self/mountinfo | tail -n 1; }; '
super='super() { sed -n "s,^[^ ]* [^ ]* [^ ]* [^ ]* $1 .* - [^ ]* [^ ]* \(.*\),\1,p" /proc/self/mountinfo; }; '
spread='spread() { sed -n "s,^[^ ]* [^ ]* [^ ]* [^ ]* $1 [^ ]* \(.*\) - .*,\1,p" /proc/self/mountinfo | sed "s/:[0-9]*//g"; }; '

# Attributes, of new file systems and of bind mounts.
source=$work/source
mkdir -p "$source/deep" "$source/plain"
mount -t tmpfs -o mode=0755 source "$source"
mkdir -p "$source/deep" "$source/plain"
mount -t tmpfs -o mode=0755 deep "$source/deep"
echo text >"$source/file"
# each NAME TYPE SOURCE PATHS CASE...: one container with a mount for each case, OPTIONS:EXPECTED, and its options at
# each of the paths beneath it.
each() {
  local name=$1 type=$2 from=$3 paths=$4 index=0 filter=. script=$own case output words
  shift 4
  for case; do
    IFS=, read -ra words <<<"${case%%:*}"
    filter+=" | $(mount_at "/data/$index" "$type" "$from" "${words[@]}")"
    script+="echo \$(for path in $paths; do options /data/$index\${path%.}; done); "
    : $((index += 1))
  done
  bundle each "$filter" sh -c "$script"
  output=$(ward run --bundle "$work/each" each </dev/null 2>&1)
  index=0
  for case; do
    : $((index += 1))
    same "$name: ${case%%:*}" "${case#*:}" "$(sed -n "${index}p" <<<"$output")"
  done
}
cases=('ro:ro,relatime' 'rw:rw,relatime' 'ro,rw:rw,relatime' 'nosuid:rw,nosuid,relatime' 'nodev:rw,nodev,relatime'
  'noexec:rw,noexec,relatime' 'noatime:rw,noatime' 'strictatime:rw' 'noatime,relatime:rw,relatime'
  'noatime,atime:rw,relatime' 'strictatime,nostrictatime:rw,relatime' 'nodiratime:rw,nodiratime,relatime'
  'nosymfollow:rw,relatime,nosymfollow' 'nosymfollow,symfollow:rw,relatime' 'defaults:rw,relatime'
  'ro,nosuid,nodev,noexec,suid,dev,exec:ro,relatime' 'rro,rnosuid:ro,nosuid,relatime' 'loud,silent,mand,iversion:rw,relatime')
each tmpfs tmpfs tmpfs . "${cases[@]}"
each bind bind "$source/plain" . "${cases[@]}"
inside 'sync, dirsync and lazytime are of the file system' 'rw,sync,dirsync' \
  "$super super /data | sed 's/,size.*//; s/,lazytime//'" "$(mount_at /data tmpfs tmpfs sync dirsync lazytime size=1m)"
inside 'and can be taken back' rw "$super super /data | sed 's/,size.*//'" \
  "$(mount_at /data tmpfs tmpfs sync async lazytime nolazytime size=1m)"
inside 'a bind mount keeps what is not named' 'ro,nosuid,noatime' "$own options /data" \
  "$(mount -o bind "$source/plain" "$source/plain"; mount -o remount,bind,nosuid,noatime "$source/plain"
    mount_at /data bind "$source/plain" bind ro)"
inside 'and loses what is cleared by name' 'rw,relatime' "$own options /data" "$(mount_at /data bind "$source/plain" bind suid atime)"
inside 'rbind: the top alone by default' 'ro,relatime rw,relatime' "$own"'echo $(options /data) $(options /data/deep)' \
  "$(mount_at /data bind "$source" rbind ro)"
twice=()
for case in 'rro:ro,relatime' 'rnosuid:rw,nosuid,relatime' 'rnodev:rw,nodev,relatime' 'rnoexec:rw,noexec,relatime' \
  'rnoatime:rw,noatime' 'rstrictatime:rw' 'rnodiratime:rw,nodiratime,relatime' 'rnosymfollow:rw,relatime,nosymfollow' \
  'rro,rrw:rw,relatime' 'rnoatime,rrelatime:rw,relatime' 'rnoatime,ratime:rw,relatime'; do
  twice+=("rbind,$case ${case#*:}")
done
each 'the whole tree' bind "$source" '. /deep' "${twice[@]}"
mount -o remount,ro,nosuid,nodev,noexec,noatime "$source/deep"
inside 'the clear forms reach what lies beneath' 'rw,relatime' "$own"'options /data/deep' \
  "$(mount_at /data bind "$source" rbind rrw rsuid rdev rexec ratime)"
inside 'and nothing of the node changes' 'ro,nosuid,nodev,noexec,noatime' "echo $(sed -n "s,^[^ ]* [^ ]* [^ ]* [^ ]* $source/deep \([^ ]*\) .*,\1,p" /proc/self/mountinfo)"
umount "$source/deep"
mount -t tmpfs -o mode=0755 deep "$source/deep"
inside 'bind leaves out what lies beneath' 0 'grep -c " /data/deep " /proc/self/mountinfo' "$(mount_at /data bind "$source" bind)"
inside 'remount changes what is there' 'ro,nosuid,relatime' "$own options /data" \
  "$(mount_at /data bind "$source" bind) | $(mount_at /data bind "$source" bind remount ro nosuid)"
inside 'remount of a file system with its parameters' 'size=64k' "$super super /data | grep -o 'size=[0-9]*k'" \
  "$(mount_at /data tmpfs tmpfs size=1m) | $(mount_at /data tmpfs tmpfs remount size=64k)"
fails 'remount where nothing is mounted' 'mount "/data"' "$(mount_at /data bind "$source" bind remount ro)"
fails 'a file system option of a bind mount' 'expected options of a bind mount' "$(mount_at /data bind "$source" bind size=1m)"
fails 'a parameter that the file system does not know' 'nosuch' "$(mount_at /data tmpfs tmpfs nosuch=1)"

# Propagation.
mount --make-shared "$source"
mount --make-shared "$source/deep"
inside 'private without a word' '|' "$spread"'echo "$(spread /data)|$(spread /data/deep)"' "$(mount_at /data bind "$source" rbind)"
inside private '|' "$spread"'echo "$(spread /data)|$(spread /data/deep)"' "$(mount_at /data bind "$source" rbind private)"
inside rslave 'master|master' "$spread"'echo "$(spread /data)|$(spread /data/deep)"' "$(mount_at /data bind "$source" rbind rslave)"
inside rshared 'shared|shared' "$spread"'echo "$(spread /data)|$(spread /data/deep)"' "$(mount_at /data bind "$source" rbind rshared)"
inside unbindable 'unbindable|' "$spread"'echo "$(spread /data)|$(spread /data/deep)"' "$(mount_at /data bind "$source" rbind unbindable)"
inside runbindable 'unbindable|unbindable' "$spread"'echo "$(spread /data)|$(spread /data/deep)"' \
  "$(mount_at /data bind "$source" rbind runbindable)"
inside 'a new file system: shared' shared "$spread"'spread /data' "$(mount_at /data tmpfs tmpfs shared)"
inside 'what is mounted on a shared mount is as it says' 'shared|' "$spread"'echo "$(spread /data)|$(spread /data/plain)"' \
  "$(mount_at /data bind "$source" bind rshared) | $(mount_at /data/plain tmpfs tmpfs private)"
umount -R "$source/plain" 2>/dev/null
inside 'the root is private without a word' '' "$spread spread /"
inside 'the root: shared' shared "$spread spread /" '.linux.rootfsPropagation = "shared"'
inside 'the root: slave' 0 "$spread spread / | grep -c shared" '.linux.rootfsPropagation = "slave"'
inside 'the root: unbindable' unbindable "$spread spread /" '.linux.rootfsPropagation = "unbindable"'
inside 'rshared holds for mounts that say nothing' 'shared shared ' "$spread"'echo "$(spread /data) $(spread /proc) $(spread /tmp)"' \
  ".linux.rootfsPropagation = \"rshared\" | $(mount_at /data tmpfs tmpfs) | $(mount_at /tmp tmpfs tmpfs private)"
running both "$(mount_at /data bind "$source" rbind rshared)"
ward exec both sh -c 'mkdir /data/new; mount -t tmpfs new /data/new'
same 'rshared: a mount of the container reaches the node' 1 "$(grep -c " $source/new " /proc/self/mountinfo)"
umount "$source/new" 2>/dev/null
ward delete --force both
running slave "$(mount_at /data bind "$source" rbind rslave) | $(mount_at /tmp bind "$source" rbind rprivate)"
mount -t tmpfs late "$source/plain"
same 'rslave: a mount of the node reaches the container, and no private one' '1 0' \
  "$(ward exec slave sh -c 'echo $(grep -c " /data/plain " /proc/self/mountinfo) $(grep -c " /tmp/plain " /proc/self/mountinfo)')"
ward exec slave sh -c 'mkdir -p /data/own; mount -t tmpfs own /data/own'
same 'and none of the container the node' 0 "$(grep -c " $source/own " /proc/self/mountinfo)"
ward delete --force slave
umount "$source/plain"
same 'the node is as it was' 2 "$(grep -c " $source" /proc/self/mountinfo)"

# Id mapping. The file system has to know it: tmpfs since Linux 6.3, ext4 since 5.12.
mapped=$work/mapped
mkdir "$mapped"
truncate -s 8M "$work/ext4"
if ! { mkfs.ext4 -q -O ^has_journal "$work/ext4" && mount -o loop "$work/ext4" "$mapped"; } 2>"$work/out"; then
  mount -t tmpfs -o mode=0755 mapped "$mapped"
fi
mkdir "$mapped/deep"
for file in file deep/file; do
  touch "$mapped/$file"
  chown 1000:2000 "$mapped/$file"
done
user='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
  | .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
# ids MAPPING...: the mappings of the last mount.
ids() { printf '.mounts[-1] += {uidMappings: [%s], gidMappings: [%s]}' "$1" "$2"; }
shift_ids=$(ids '{containerID: 1000, hostID: 3000, size: 10}' '{containerID: 2000, hostID: 4000, size: 10}')
inside 'idmap with mappings of its own' '3000 4000' 'stat -c "%u %g" /data/file' \
  "$(mount_at /data bind "$mapped" bind idmap) | $shift_ids"
inside 'mappings alone ask for it' '3000 4000' 'stat -c "%u %g" /data/file' "$(mount_at /data bind "$mapped" bind) | $shift_ids"
inside 'what has no mapping belongs to nobody' '65534 65534' 'stat -c "%u %g" /data/deep' \
  "$(mount_at /data bind "$mapped" bind idmap) | $shift_ids"
inside 'idmap with the mappings of the container' '1000 2000 0 0' 'echo $(stat -c "%u %g" /data/file /data/deep)' \
  "$user | $(mount_at /data bind "$mapped" bind idmap)"
inside 'what the container writes there has ids of the node' '0' \
  'touch /data/new && chown 7:8 /data/new; echo $?' "$user | $(mount_at /data bind "$mapped" bind idmap)"
same 'namely the same' '7 8' "$(stat -c '%u %g' "$mapped/new")"
inside 'without it, files of the node belong to nobody' '65534 65534' 'stat -c "%u %g" /data/file' \
  "$user | $(mount_at /data bind "$mapped" bind)"
mount -o bind "$mapped" "$mapped/deep"
inside 'idmap is of the top alone' '3000 1000' 'echo $(stat -c %u /data/file /data/deep/file)' \
  "$(mount_at /data bind "$mapped" rbind idmap) | $shift_ids"
inside 'ridmap is of the whole tree' '3000 3000' 'echo $(stat -c %u /data/file /data/deep/file)' \
  "$(mount_at /data bind "$mapped" rbind ridmap) | $shift_ids"
umount "$mapped/deep"
fails 'idmap without any mapping' 'mappings of the mount or of the container' "$(mount_at /data bind "$mapped" bind idmap)"
fails 'mappings of users alone' WARD-MOUNT-IDMAP \
  "$(mount_at /data bind "$mapped" bind idmap) | .mounts[-1].uidMappings = [{containerID: 0, hostID: 1, size: 1}]"
fails 'idmap of a file system that cannot' 'mount "/data"' "$(mount_at /data bind /proc/sys bind idmap) | $shift_ids"
same 'no process is left of it' '' "$(pgrep -x ward -P $$)"

# Mount points.
mkdir -p "$root/target" "$root/run"
ln -sfn /run "$root/linked"
ln -sfn /../../../target "$root/upward"
ln -sfn "$source/file" "$work/link"
inside 'a missing directory is made' text 'cat /new/deep/er/file' "$(mount_at /new/deep/er bind "$source" bind)"
inside 'a missing file is made' text 'cat /new/file/name' "$(mount_at /new/file/name bind "$source/file" bind)"
inside 'a relative destination counts from the root' text 'cat /relative/file' "$(mount_at relative bind "$source" bind)"
inside 'a destination behind a link of the image lies in the image' text 'cat /run/deeper/file' \
  "$(mount_at /linked/deeper bind "$source" bind)"
inside 'a destination that is a link' /run 'grep -o " /run " /proc/self/mountinfo | tr -d " "' "$(mount_at /linked tmpfs tmpfs)"
inside 'a link that climbs stays inside' text 'cat /target/file' "$(mount_at /upward bind "$source" bind)"
inside 'a bind source behind a link' text 'cat /data/file' "$(mount_at /data/file bind "$work/link" bind)"
inside 'a relative bind source counts from the bundle' config.json 'ls /data' "$(mount_at /data bind . bind)"
fails 'a bind source behind a magic link' 'mount "/data"' "$(mount_at /data bind /proc/self/cwd bind)"
fails 'a bind source that is missing' 'no such file or directory' "$(mount_at /data bind "$work/nosuch" bind)"
fails 'a file on a directory' 'mount "/data"' "$(mount_at /data bind "$source/file" bind)"
fails 'a directory on a file' 'mount "/etc/passwd"' "$(mount_at /etc/passwd bind "$source" bind)"
fails 'a mount inside of /proc' 'cannot be mounted because it is inside /proc' "$(mount_at /proc/sys bind "$source" bind)"
ln -sfn /proc/sys "$root/sneaky"
fails 'also behind a link' 'cannot be mounted because it is inside /proc' "$(mount_at /sneaky bind "$source" bind)"
inside 'but what lxcfs shows' text 'cat /proc/uptime' "$(mount_at /proc/uptime bind "$source/file" bind)"
fails 'another file system at /proc' 'cannot be mounted because it is not of type proc' '.mounts[0].type = "tmpfs" | .mounts[0].options = []'
fails 'a folder at /proc' 'mount "/proc"' ".mounts[0] = {destination: \"/proc\", type: \"bind\", source: \"$source\", options: [\"bind\"]}"
inside 'the node'"'"'s procfs at /proc' proc 'stat -f -c %T /proc' \
  '.mounts[0] = {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}'
inside 'the node'"'"'s /dev' 'null' 'ls /dev | grep -x null' \
  '.mounts |= map(select(.destination | startswith("/dev") | not)) + [{destination: "/dev", type: "bind", source: "/dev", options: ["rbind"]}]'

# File systems.
inside mqueue mqueue 'stat -f -c %T /dev/mqueue 2>/dev/null | grep -q . && sed -n "s,.* /dev/mqueue .* - \([a-z]*\) .*,\1,p" /proc/self/mountinfo' \
  "$(mount_at /dev/mqueue mqueue mqueue nosuid)"
inside 'devpts with its parameters' 'gid=5,mode=620,ptmxmode=666' "$super super /dev/pts | grep -o 'gid.*'"
fails 'devpts with a group that has no id' 'mount "/dev/pts": fsconfig devpts' \
  "$user | .linux.gidMappings[0].size = 5"
mkdir -p "$root/filled/inner"
printf 'one\n' >"$root/filled/inner/file"
chown 5:6 "$root/filled/inner/file"
ln -sf file "$root/filled/inner/link"
mkfifo "$root/filled/inner/fifo" 2>/dev/null
inside 'tmpcopyup' 'one one 5 6 fifo' \
  'cd /filled/inner; echo $(cat file link) $(stat -c "%u %g" file) $(stat -c %F fifo)' "$(mount_at /filled tmpfs tmpfs tmpcopyup mode=755)"
inside 'tmpcopyup of what becomes read-only' 'one ro,relatime' "$own"'cat /filled/inner/file | tr "\n" " "; options /filled' \
  "$(mount_at /filled tmpfs tmpfs tmpcopyup ro)"
cgroup=$(mount_at /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro)
inside 'cgroup: the container at the top' yes \
  'grep -qx $$ /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null && echo yes' "$cgroup"
inside 'cgroup: read-only' 'Read-only file system' 'mkdir /sys/fs/cgroup/x /sys/fs/cgroup/pids/x 2>&1 | grep -o "Read-only file system" | sort -u' "$cgroup"
inside 'cgroup without a namespace: the container at the top' yes \
  'grep -qx $$ /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null && echo yes' \
  "$cgroup | .linux.namespaces |= map(select(.type != \"cgroup\"))"
inside 'cgroup: writable where asked for' yes \
  'for top in /sys/fs/cgroup /sys/fs/cgroup/pids; do [ -e $top/cgroup.procs ] && mkdir $top/x && rmdir $top/x && echo yes; done' \
  "$(mount_at /sys/fs/cgroup cgroup cgroup)"
fails 'a parameter of the cgroup hierarchy' nsdelegate "$(mount_at /sys/fs/cgroup cgroup2 cgroup nsdelegate)"

# What is masked and read-only.
masks='.linux.maskedPaths = ["/proc/version", "/sys/firmware", "/nosuch", "/etc/passwd", "/filled"]'
facts='echo $(stat -c %t:%T /proc/version /etc/passwd) $(ls /filled | wc -l) $({ touch /filled/x; } 2>&1 | grep -o Read-only)'
inside 'masked files and folders' '1:3 1:3 0 Read-only' "$facts" "$masks"
inside 'in a user namespace as well' '1:3 1:3 0 Read-only' "$facts" "$masks | $user"
inside 'read-only paths, and what lies beneath' 'ro,relatime ro,relatime' "$own"'echo $(options /data) $(options /data/deep)' \
  "$(mount_at /data bind "$source" rbind) | .linux.readonlyPaths = [\"/data\", \"/nosuch\"]"
inside 'read-only paths keep their other attributes' 'ro,nosuid,nodev,noexec,relatime' "$own"'options /proc/sys' '.linux.readonlyPaths = ["/proc/sys"]'
inside 'a read-only root' 'Read-only' '{ touch /x; } 2>&1 | grep -o Read-only' '.root.readonly = true'

# Features say nothing that is not so.
filter=.
for option in $(ward features | jq -r '.mountOptions[]'); do
  type=bind from=$source
  case $option in
  remount | idmap | ridmap) continue ;;
  sync | async | dirsync | lazytime | nolazytime | tmpcopyup) type=tmpfs from=tmpfs ;;
  esac
  filter+=" | $(mount_at "/data/$option" "$type" "$from" "$option")"
done
inside 'features: every option is taken' "$(ward features | jq '.mountOptions | length')" \
  'echo $(($(grep -c "^[^ ]* [^ ]* [^ ]* [^ ]* /data/[a-z]* " /proc/self/mountinfo) + 3))' "$filter"
same 'features: idmap' true "$(ward features | jq .linux.mountExtensions.idmap.enabled)"
umount -R "$mapped" "$source"
finish
