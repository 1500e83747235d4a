#!/usr/bin/env bash
# Published attacks by way of procfs and devices: a /proc or /sys that is none, masks that are none, a console that is
# another file, settings that end up elsewhere.
# The same on any kernel: not repeated in the VM.
# shellcheck disable=SC2016,SC2154 # the scripts of the container are its own; names come from the sourced files
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=hostile.sh
source "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"
hostile
plain_root=$root

# CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /proc or /sys of the image is a link.
for name in proc sys; do
  for target in "$outside" /tmp "../../../../../../..$outside" /proc/self/cwd; do
    root=$work/linked
    rm -rf "$root"
    make_root "$root"
    rmdir "$root/$name"
    ln -s "$target" "$root/$name"
    filter=.
    [[ $name == proc ]] || filter='.mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]}]'
    bundle "case" "$filter" true
    output=$(launch "case" 2>&1)
    same "CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /$name is a link to ${target:0:14}: refused" refused \
      "$([[ $output == *"/$name"* ]] && echo refused || echo "admitted $output")"
    untouched "CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /$name is a link to ${target:0:14}"
  done
done
# The same by a race: /proc changes places with a link to a directory of the container. Whoever can do that can do it
# afterwards, too; but the runtime takes nothing else for /proc, and mounts nothing in its place.
root=$work/linked
rm -rf "$root"
make_root "$root"
mkdir -p "$root/fake/self/attr" "$root/fake/sys/kernel"
ln -s /fake "$root/gone"
swapping "$root/proc" "$root/gone"
bundle race . sh -c '[ -e /fake/1/status ] && echo "ESCAPED: the procfs is mounted where the link leads"; true'
race 'CVE-2023-27561, CVE-2023-28642: /proc changes places with a link'
swapped

# CVE-2019-16884, CVE-2025-52881: what the runtime would write to /proc lands in a directory of the container, and the
# process goes without its confinement. The true procfs tells.
root=$plain_root
fake=$work/fake
mkdir -p "$fake/self/attr" "$fake/self/fd" "$fake/thread-self/attr" "$fake/1" "$fake/sys/net/ipv4"
for file in self/attr/exec self/attr/apparmor self/oom_score_adj self/setgroups thread-self/attr/exec 1/oom_score_adj \
  sys/net/ipv4/ip_default_ttl; do
  mkdir -p "$(dirname "$fake/$file")"
  echo untouched >"$fake/$file"
done
confined='.process.oomScoreAdj = 500 | .linux.sysctl = {"net.ipv4.ip_default_ttl": "33"}'
# confinement: no_new_privs, capabilities, OOM score and setting of a running container, as the node's procfs has them.
confinement() {
  local pid
  pid=$(runtime state "$1" | jq .pid)
  echo "$(sed -n 's/^\(NoNewPrivs\|CapBnd\):[[:space:]]*//p' "/proc/$pid/status") $(cat "/proc/$pid/oom_score_adj")" \
    "$(nsenter --net="/proc/$pid/ns/net" cat /proc/sys/net/ipv4/ip_default_ttl)" | tr '\n' ' '
}
bundle faked "$confined | .mounts[0] = {destination: \"/proc\", type: \"bind\", source: \"$fake\", options: [\"rbind\"]}
  | .linux.maskedPaths = [] | .linux.readonlyPaths = []" sleep 100
if runtime run --detach --bundle "$work/faked" faked </dev/null >"$work/said" 2>&1; then
  same 'CVE-2019-16884, CVE-2025-52881: confinement with a fake /proc is the true one' \
    '00000000000000e3 1 500 33 ' "$(confinement faked)"
  runtime exec faked true </dev/null >/dev/null 2>&1
  runtime delete --force faked
else
  same 'CVE-2019-16884, CVE-2025-52881: a fake /proc is refused' yes "$(grep -q -i proc "$work/said" && echo yes || cat "$work/said")"
fi
same 'CVE-2019-16884, CVE-2025-52881: and the fake got nothing' untouched "$(cat "$(find "$fake" -type f | head -n 1)" $(find "$fake" -type f) | sort -u)"
# A part of the true procfs is covered by a file that leads elsewhere.
for place in /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv4 /proc/self/attr /proc/sys; do
  source=$work/cover
  rm -rf "$source"
  case $place in
    *ttl) echo untouched >"$source" ;;
    *)
      mkdir -p "$source/net/ipv4"
      for file in ip_default_ttl net/ipv4/ip_default_ttl exec; do ln -s "$outside/secret" "$source/$file"; done
      ;;
  esac
  bundle covered "$confined | .mounts += [{destination: \"$place\", type: \"bind\", source: \"$source\", options: [\"rbind\"]}]
    | .linux.readonlyPaths = []" sleep 100
  runtime run --detach --bundle "$work/covered" covered </dev/null >"$work/said" 2>&1
  status=$?
  if [[ $status == 0 ]]; then
    same "CVE-2025-52881: with a cover on $place the setting is made" '00000000000000e3 1 500 33 ' "$(confinement covered)"
  else
    same "CVE-2025-52881: a cover on $place is refused" yes "$(grep -q /proc "$work/said" && echo yes || cat "$work/said")"
  fi
  runtime delete --force covered >/dev/null 2>&1
  same "CVE-2025-52881: the cover on $place got nothing" 'secret' "$(cat "$outside/secret" "$source" 2>/dev/null | grep -v untouched)"
done
# The same by a race on a volume: the file that a setting would be written to is now this, now that.
volume=$work/volume
mkdir -p "$volume/net/ipv4"
echo untouched >"$volume/net/ipv4/ip_default_ttl"
mkdir -p "$volume/other/ipv4"
ln -s "$outside/secret" "$volume/other/ipv4/ip_default_ttl"
swapping "$volume/net" "$volume/other"
bundle race "$confined | .mounts += [{destination: \"/proc/sys/net\", type: \"bind\", source: \"$volume/net\", options: [\"rbind\"]}]
  | .linux.readonlyPaths = []" true
race 'CVE-2025-52881: the target of a setting changes places'
swapped
same 'CVE-2025-52881: the race changed nothing outside' 'secret untouched ' \
  "$(cat "$outside/secret" "$volume/net/ipv4/ip_default_ttl" "$volume/other/ipv4/ip_default_ttl" | sort -u | tr '\n' ' ')"

# CVE-2025-31133: what masks a path is the container's /dev/null, and that is another file.
masks='.linux.maskedPaths = ["/proc/timer_list", "/proc/keys"]'
devices() { printf '.mounts |= map(select(.destination | startswith("/dev") | not)) | .mounts += [{destination: "/dev", type: "bind", source: "%s", options: ["rbind"]}]' "$1"; }
# Masked files are empty. Nothing is written to them: on a runtime that fails, this machine would take it.
empty='for file in /proc/timer_list /proc/keys; do [ "$(cat $file | wc -c)" != 0 ] && echo "ESCAPED: $file"; done; true'
for target in /proc/sys/kernel/core_pattern "$outside/secret" /etc/passwd; do
  volume=$work/dev-$RANDOM
  mkdir -p "$volume/pts"
  ln -s "$target" "$volume/null"
  bundle masked "$masks | $(devices "$volume")" sh -c "$empty"
  output=$(launch masked 2>&1)
  same "CVE-2025-31133: /dev/null is a link to $(basename "$target")" '' "$(grep ESCAPED <<<"$output")"
done
volume=$work/dev-file
mkdir -p "$volume/pts"
echo content >"$volume/null"
bundle masked "$masks | $(devices "$volume")" sh -c "$empty"
same 'CVE-2025-31133: /dev/null is a file' '' "$(launch masked 2>&1 | grep ESCAPED)"
volume=$work/dev-race
mkdir -p "$volume/pts"
mknod -m 666 "$volume/null" c 1 3
ln -s /proc/sys/kernel/core_pattern "$volume/gone"
swapping "$volume/null" "$volume/gone"
bundle race "$masks | $(devices "$volume") | .linux.readonlyPaths = []" sh -c "$empty"
race 'CVE-2025-31133: /dev/null changes places with a link to a setting'
swapped
untouched CVE-2025-31133

# CVE-2025-52565: the terminal is bound to /dev/console through what the container, or a volume, has there.
cat >"$work/console.py" <<'PYTHON'
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(8)
server.settimeout(60)
masters = []
while True:
    try: connection, _ = server.accept()
    except TimeoutError: break
    connection.settimeout(2)
    try: _, ancillary, _, _ = connection.recvmsg(256, socket.CMSG_SPACE(4))
    except TimeoutError: continue
    for level, kind, data in ancillary:
        masters.extend(array.array("i", data[:4]))
PYTHON
python3 "$work/console.py" "$work/console" &
server=$!
while [[ ! -S $work/console ]]; do sleep 0.05; done
# with_terminal NAME FILTER: a container with a terminal; what /dev/console is in it, or how it was refused.
with_terminal() {
  bundle "$1" ".process.terminal = true | $2" sleep 100
  if runtime run --detach --console-socket "$work/console" --bundle "$work/$1" "$1" </dev/null >"$work/said" 2>&1; then
    runtime exec "$1" sh -c '[ -c /dev/console ] && [ "$(stat -c %t /dev/console)" = 88 ] && echo terminal || ls -l /dev/console; cat /dev/console </dev/null 2>/dev/null | head -n 1' \
      </dev/null 2>&1 | head -n 2 &
    local reader=$!
    sleep 0.5
    runtime delete --force "$1" >/dev/null 2>&1
    wait "$reader"
  else
    echo refused
  fi
}
same 'CVE-2025-52565: /dev/console is the terminal' terminal "$(with_terminal plain .)"
for target in "$outside/secret" /proc/sys/kernel/core_pattern; do
  volume=$work/console-$RANDOM
  mkdir -p "$volume/pts"
  mknod -m 666 "$volume/null" c 1 3
  for name in console ptmx pts/0 pts/ptmx; do ln -s "$target" "$volume/$name"; done
  output=$(with_terminal bound "$(devices "$volume")")
  same "CVE-2025-52565: a /dev with links to $(basename "$target") gives nothing away" '' "$(grep -E 'secret|ESCAPED' <<<"$output" | grep -v '^l')"
  output=$(with_terminal pts ".mounts |= map(select(.destination != \"/dev/pts\")) | .mounts += [{destination: \"/dev/pts\", type: \"bind\", source: \"$volume/pts\", options: [\"rbind\"]}]")
  same "CVE-2025-52565: nor does a fake pts with links to $(basename "$target")" '' "$(grep -E 'secret|ESCAPED' <<<"$output" | grep -v '^l')"
done
volume=$work/console-race
mkdir -p "$volume/pts"
mknod -m 666 "$volume/null" c 1 3
echo >"$volume/console"
ln -s "$outside/secret" "$volume/gone"
swapping "$volume/console" "$volume/gone"
bundle race ".process.terminal = true | .mounts |= map(select(.destination != \"/dev\")) | .mounts = [.mounts[0], {destination: \"/dev\", type: \"bind\", source: \"$volume\", options: [\"rbind\"]}] + .mounts[1:]" \
  sh -c 'cat /dev/console </dev/null 2>/dev/null | grep -q secret && echo ESCAPED; true'
before=$SECONDS tries=0
while ((SECONDS < before + race_seconds / 2)); do
  timeout 10 bash -c "$(declare -f runtime); attacked=$attacked work=$work
    runtime run --detach --console-socket $work/console --bundle $work/race console-$tries </dev/null >/dev/null 2>&1" || true
  runtime delete --force "console-$tries" >/dev/null 2>&1
  tries=$((tries + 1))
done
swapped
same "CVE-2025-52565: the console changes places with a link, $tries times" 'secret root:root' "$(cat "$outside/secret") $(stat -c %U:%G "$outside/secret")"
kill "$server"
untouched CVE-2025-52565

# CVE-2022-0811: a value that smuggles another setting in, and keys that are not the container's. What a runtime that
# fails would do to this machine does no harm: most settings are set to what they are.
for pair in 'kernel.shm_rmid_forced=1+kernel.core_pattern=evil' 'kernel.core_pattern=evil' 'kernel/core_pattern=evil' \
  'net.//.//.kernel.core_pattern=evil' 'net/../kernel/core_pattern=evil' 'net.ipv4.//.//.//.kernel.core_pattern=evil' \
  'net...kernel.core_pattern=evil' '.kernel.core_pattern=evil' "kernel.panic=$(cat /proc/sys/kernel/panic)" \
  "vm.overcommit_memory=$(cat /proc/sys/vm/overcommit_memory)" "fs.file-max=$(cat /proc/sys/fs/file-max)" \
  "kernel.hostname=$(cat /proc/sys/kernel/hostname)"; do
  bundle sysctl ".linux.sysctl = $(jq -n --arg key "${pair%%=*}" --arg value "${pair#*=}" '{($key): $value}')" true
  refuses "CVE-2022-0811: sysctl ${pair@Q}" '' launch sysctl
  untouched "CVE-2022-0811: sysctl ${pair@Q}"
  echo "$core_pattern" >/proc/sys/kernel/core_pattern
done
finish
