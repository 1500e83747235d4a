#!/usr/bin/env bash
# Published attacks by way of what the caller or the image says: numbers, lengths, ids, annotations, environment, hooks.
# The same on any kernel: not repeated in the VM.
# shellcheck disable=SC2016,SC2154 # the scripts of the container are its own; names come from the sourced files
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=hostile.sh
source "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"
hostile

# CVE-2026-30892, CVE-2024-40635: a number of which only a part is read, or that overflows, becomes user 0.
bundle box '.process.user = {uid: 1000, gid: 1000}' sleep 1000
runtime run --detach --bundle "$work/box" box </dev/null >/dev/null 2>&1
who='id -u; id -g; id -G'
for user in 0x3e8 1000abc ' 1000' '1000 ' +1000 -1 -4294967296 4294967295 4294967296 4294968296 18446744073709551616 1e3 1000.0 \
  '' : 1000: :1000 1000:1000:1000 1000:x 1000:-1 1000:4294967295 1000:4294967296 root 0x0; do
  refuses "CVE-2026-30892, CVE-2024-40635: exec --user ${user@Q}" '' runtime exec --user "$user" box sh -c "$who"
done
for group in '' -1 4294967295 4294967296 1x root; do
  refuses "CVE-2026-30892: exec --additional-gids ${group@Q}" '' runtime exec --additional-gids "$group" box sh -c "$who"
done
# As text, since jq would write another number.
for number in -1 4294967295 4294967296 4294968296 18446744073709551616 1e30 0x0 1000.5 '"1000"' '"root"' null '[]' true 00 ''; do
  for field in uid gid; do
    jq ".process | .user = {uid: 1000, gid: 1000} | .user.$field = \"NUMBER\"" "$work/box/config.json" \
      | sed "s/\"NUMBER\"/$number/" >"$work/process.json"
    refuses "CVE-2024-40635: process.json with $field $number" '' runtime exec --process "$work/process.json" box
    bundle numbers ".process.user = {uid: 1000, gid: 1000} | .process.user.$field = \"NUMBER\"" sh -c "$who"
    sed -i "s/\"NUMBER\"/$number/" "$work/numbers/config.json"
    refuses "CVE-2024-40635: config.json with $field $number" '' launch numbers
  done
done
same 'CVE-2024-40635: what is a number is that user' '1000 1000 1000' "$(echo $(runtime exec box sh -c "$who" </dev/null 2>&1))"
for command in 'kill box 9x' 'kill box 0x9' 'kill box -1' 'kill box 4294967305' 'kill box 65' 'kill box 256' 'kill box SIG' 'kill box SIGKILLX'; do
  # shellcheck disable=SC2086 # words of a command
  refuses "CVE-2026-30892: $command" '' runtime $command
done
for count in -1 1x 4294967296 4294967297 2147483648 999999999999999999999; do
  refuses "CVE-2026-30892: --preserve-fds $count" '' runtime exec --preserve-fds "$count" box true
done
same 'the container still runs' running "$(runtime state box | jq -r .status)"
runtime delete --force box

# CVE-2021-43784: a length of more than 16 bits in what the stages of the runtime tell one another.
long() { python3 -c "print('$1' * $2)"; }
mappings='[range(6000) | {containerID: ., hostID: (. + 100000), size: 1}]'
bundle lengths ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = $mappings | .linux.gidMappings = .linux.uidMappings" sh -c 'cat /proc/self/uid_map | head -n 1; id -u'
refuses 'CVE-2021-43784: mappings of more than 65,536 bytes' '' launch lengths
bundle lengths ".linux.namespaces[1].path = \"/$(long x/ 33000)\"" true
refuses 'CVE-2021-43784: a namespace path of more than 65,536 bytes' '' launch lengths
bundle lengths ".linux.namespaces[1].path = \"/$(long ../ 21846)proc/1/ns/net\"" true
refuses 'CVE-2021-43784: a namespace path of 65,536 bytes and a few' '' launch lengths
bundle lengths ".linux.rootfsPropagation = \"$(long private 10000)\"" true
refuses 'CVE-2021-43784: a propagation of 70,000 bytes' '' launch lengths
long y 66000 >"$work/long"
bundle lengths '.process.env += ["LONG=" + $ENV.LONG]' sh -c 'echo ${#LONG}'
LONG=$(cat "$work/long") jq '.process.env[-1] = "LONG=" + $ENV.LONG' "$work/lengths/config.json" >"$work/lengths/new"
mv "$work/lengths/new" "$work/lengths/config.json"
same 'CVE-2021-43784: a variable of 66,000 bytes arrives whole' 66000 "$(launch lengths 2>&1)"
# What the container's process says before its program is bounded as well: the name of its program.
bundle lengths . "/$(long n 70000)"
refuses 'CVE-2021-43784: a program name of 70,000 bytes' '' launch lengths
same 'CVE-2021-43784: nothing is left' '' "$(runtime list -q)"

# crun 1.28: an annotation that makes a path, and ids with odd characters.
for annotation in run.oci.systemd.subgroup run.oci.delegate-cgroup run.oci.handler run.oci.hooks.stdout run.oci.mount_context_type \
  run.oci.seccomp.receiver run.oci.seccomp_bpf_file io.katacontainers.config.hypervisor.path org.systemd.property.DeviceAllow; do
  bundle annotated ".annotations = {\"$annotation\": \"../../../../..$outside/made\"}" true
  launch annotated >/dev/null 2>&1
  untouched "crun 1.28: annotation $annotation makes no path"
done
for path in ../../../escape /../escape /a/../../escape a/.. . .. / //x 'a//b' "$outside" $'a\nb'; do
  bundle groups ".linux.cgroupsPath = $(jq -n --arg path "$path" '$path')" true
  launch groups >/dev/null 2>&1
  same "crun 1.28: cgroupsPath ${path@Q} stays below the hierarchies" '' \
    "$(ls "$outside" | grep -v secret; ls -d /sys/fs/escape /sys/escape /escape 2>/dev/null; runtime list -q)"
done
for file in ../../../../../..$outside/made ../../cgroup.procs / . .. "$outside/made" sub/cgroup.procs; do
  bundle unified ".linux.resources.unified = {\"$file\": \"1\"}" true
  refuses "a path in place of the name of a cgroup file: $file" '' launch unified
  untouched "a path in place of the name of a cgroup file: $file"
done
bundle odd . true
for id in . .. ../odd odd/../odd a/b 'a b' $'a\nb' $'a\x01b' 'a;b' 'a$b' 'a%sb' $'\u00e4' '' "$(long x 1025)"; do
  name=${id@Q}
  refuses "crun 1.28: id ${name:0:24}" '' runtime run --bundle "$work/odd" -- "$id"
done
same 'crun 1.28: nothing is left of odd ids' '' "$(runtime list -q; ls -A "$work/peer" /run/ward/containers 2>/dev/null | grep -v -E '^$|:$')"

# CVE-2024-0132, CVE-2025-23266: hooks that take the image's environment, or follow its links.
cat >"$work/hook" <<HOOK
#!/bin/sh
{ env; pwd; ls / /proc/self/fd; } >>$work/by-hook 2>&1
HOOK
chmod 755 "$work/hook"
ln -sfn "$work/hook" "$root/bin/hook"
for kind in prestart createRuntime createContainer startContainer poststart poststop; do
  : >"$work/by-hook"
  bundle hooked ".process.env += [\"LD_PRELOAD=/evil.so\", \"LD_LIBRARY_PATH=/evil\"] | .hooks.$kind = [{path: \"$work/hook\"}]" true
  launch hooked >/dev/null 2>&1
  same "CVE-2025-23266: a $kind hook has no environment of the container" '' "$(grep evil "$work/by-hook")"
  # In the image this name is a link to a program of the node; on the node there is none.
  : >"$work/by-hook"
  bundle hooked ".hooks.$kind = [{path: \"/bin/hook\"}]" true
  launch hooked >/dev/null 2>&1
  same "CVE-2024-0132: a $kind hook follows no link of the image to the node" '' "$(cat "$work/by-hook")"
done
untouched 'hooks'
rm -f "$root/bin/hook"

# Files of the image that the runtime reads hold nothing up and decide nothing.
mv "$root/etc/passwd" "$root/etc/passwd.kept"
for kind in fifo device link huge directory; do
  rm -rf "$root/etc/passwd"
  case $kind in
    fifo) mkfifo "$root/etc/passwd" ;;
    device) mknod "$root/etc/passwd" c 1 5 ;;
    link) ln -s "$outside/secret" "$root/etc/passwd" ;;
    huge) truncate -s 8G "$root/etc/passwd" ;;
    directory) mkdir "$root/etc/passwd" ;;
  esac
  says "CVE-2024-0132: /etc/passwd of the image is a $kind" 1000 '.process.user = {uid: 1000, gid: 1000}' 'set -- $(grep Uid: /proc/self/status); echo $2'
done
rm -rf "$root/etc/passwd"
mv "$root/etc/passwd.kept" "$root/etc/passwd"
finish
