#!/usr/bin/env bash
# What whoever commands the node from outside, or a process in a container, may try: each is refused, or has no effect.
# Cases are named after the CVE where there is one.
# The same on any kernel: not repeated in the VM, where attacks-mounts.sh tries what depends on it.
# shellcheck disable=SC2016,SC2046,SC2154,SC2317 # the scripts of the container are its own; lists are split on purpose
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
configure
enforce || { not_ok measure 'the node has no policy'; finish; }
box_bundle box

# quiet COMMAND...: a container keeps the streams of its create; a pipe of this script would stay open.
quiet() {
  local status=0
  timeout 20 "$@" </dev/null >"$work/out" 2>&1 || status=$?
  cat "$work/out"
  return "$status"
}
# fails NAME TEXT COMMAND...: it is refused, within bounds of time, and no container is there.
fails() {
  local name=$1 text=$2
  shift 2
  refuses "$name" "$text" quiet "$@"
  same "$name, and leaves nothing" '' "$(ls /run/ward/containers 2>/dev/null)"
}

# Files that the caller names and Ward writes with the rights of the node.
record='{"level":"error","msg":"old","time":"2026-01-01T00:00:00Z"}'
# log_to FILE: a failing command with this log; its message names a file that the dynamic linker would load.
log_to() { ward --log "$1" --log-format json 'x /tmp/evil.so x' 2>"$work/out" || true; }
mkdir -p /run/containerd/task "$work/plain"
box_bundle task
log_to /run/containerd/task/log.json
same 'a log is begun where callers keep theirs' 1 "$(grep -c 'No help topic' /run/containerd/task/log.json)"
log_to "$work/task/log.json"
same 'a log is begun beside a bundle' 1 "$(grep -c 'No help topic' "$work/task/log.json")"
log_to /etc/anything
same 'no log is begun in /etc' absent "$([[ -e /etc/anything ]] && echo there || echo absent)"
mkdir -p /run/systemd/system
log_to /run/systemd/system/ward-test.service
same 'no log is begun where systemd reads units' absent \
  "$([[ -e /run/systemd/system/ward-test.service ]] && echo there || echo absent)"
ln -s /etc /run/containerd/task/elsewhere
log_to /run/containerd/task/elsewhere/anything
same 'nor through a link' absent "$([[ -e /etc/anything ]] && echo there || echo absent)"
log_to /run/containerd/task/../../../etc/anything
same 'nor through dots' absent "$([[ -e /etc/anything ]] && echo there || echo absent)"
mkdir -p /run/ward/containers
for file in containers/box containers/zzz policy.json.new ward.json; do
  log_to "/run/ward/$file"
  same "no log is begun in /run/ward: $file" absent "$([[ -e /run/ward/$file ]] && echo there || echo absent)"
done
rmdir /run/ward/containers 2>/dev/null
log_to /run/containerd/task/link.json
rm -f /run/containerd/task/link.json
: >/etc/empty
ln -s /etc/empty /run/containerd/task/link.json
log_to /run/containerd/task/link.json
same 'a log is no link' 0 "$(wc -c </etc/empty)"
: >/run/empty
ln /run/empty /run/containerd/task/hard.json
log_to /run/containerd/task/hard.json
same 'a log has no second name' 0 "$(wc -c </run/empty)"
echo foreign >/run/containerd/task/foreign
log_to /run/containerd/task/foreign
same 'a foreign file stays as it is' foreign "$(cat /run/containerd/task/foreign)"
mkfifo /run/containerd/task/fifo
log_to /run/containerd/task/fifo
same 'a FIFO as log does not hold a command up' 1 "$(grep -c 'cannot write the log' "$work/out")"
echo "$record" >/run/containerd/task/log.json
log_to /run/containerd/task/log.json
same 'a log goes on' 2 "$(wc -l </run/containerd/task/log.json)"

for file in /etc/pid /run/ward/pid /run/ward/containers/pid /usr/pid /proc/self/oom_score_adj; do
  fails "no pid file there: $file" 'pid file' ward create --bundle "$work/box" --pid-file "$file" box
done
fails 'no pid file in place of another file' 'pid file' \
  ward create --bundle "$work/box" --pid-file /run/containerd/task/foreign box
same 'which stays as it is' foreign "$(cat /run/containerd/task/foreign)"
echo foreign >/run/secret
for name in pid .pid.new; do ln /run/secret "/run/containerd/task/$name" 2>/dev/null; done
refuses 'a pid file on a hard link' 'pid file' quiet ward create --bundle "$work/box" --pid-file /run/containerd/task/pid box
rm /run/containerd/task/pid
check 'a pid file beside what looks like its beginning' \
  quiet ward create --bundle "$work/box" --pid-file /run/containerd/task/pid box
same 'neither writes through it' foreign "$(cat /run/secret)"
same 'the pid file' "$(ward state box | jq .pid)" "$(cat /run/containerd/task/pid)"
ward delete --force box

# Time of check and of use: the bundle.
mkdir -p "$work/swap/rootfs"
config=$work/swap/config.json
ln -s "$work/box/config.json" "$config"
fails 'config.json is a symbolic link' 'config.json' ward create --bundle "$work/swap" box
rm "$config"
ln "$work/box/config.json" "$config"
fails 'config.json has a second name' 'regular file with one name' ward create --bundle "$work/swap" box
rm "$config"
mkfifo "$config"
fails 'config.json is a FIFO' 'regular file with one name' ward create --bundle "$work/swap" box
rm "$config"
mkdir "$config"
fails 'config.json is a directory' 'regular file with one name' ward create --bundle "$work/swap" box
rmdir "$config"
mknod "$config" c 1 5
fails 'config.json is a device' 'config.json' ward create --bundle "$work/swap" box
rm "$config"
truncate -s 5M "$config"
fails 'config.json is huge' 'too large' ward create --bundle "$work/swap" box
rm "$config"
python3 -c 'print("[" * 1000000)' >"$config"
fails 'config.json is deep' 'config.json' ward create --bundle "$work/swap" box
bare_config '. + {mounts: (.mounts + [range(20000) | {destination: "/m\(.)", type: "tmpfs", source: "tmpfs"}])}' | jq -c . >"$config"
fails 'very many mounts' WARD-MOUNT ward create --bundle "$work/swap" box
bare_config '.process.env += [range(100000) | "A\(.)=b"]' | jq -c . >"$config"
fails 'very many variables' WARD-ENV ward create --bundle "$work/swap" box
bare_config '.annotations = {"x": ("\u0080" * 1000000)}' | jq -c . >"$config"
fails 'a great annotation' WARD-ANNOTATION ward create --bundle "$work/swap" box
bare_config >"$config"
ln -sfn "$work/swap" "$work/link"
cd / || exit 1
check 'a bundle through a link is what was opened' quiet ward create --bundle "$work/link/../swap/." box
same 'under its own name' "$work/swap" "$(ward state box | jq -r .bundle)"
ward delete --force box
ln -sfn "$work/swap/config.json" "$work/link.json"
for path in /proc/self/fd/7 /nosuch "$work/box/config.json"; do
  fails "no bundle: $path" 'bundle' ward create --bundle "$path" box
done

# Process: what a container's process gets. A directory of the node is left open (CVE-2024-21626).
leaky() { quiet ward "$@" 5</ 6</etc 7</run/ward 100<"$work"; }
check create leaky create --bundle "$work/box" box
pid=$(ward state box | jq .pid)
open_directories() { local fd; for fd in "/proc/$pid/fd/"*; do [[ ! -d $fd ]] || readlink "$fd"; done; }
same 'CVE-2024-21626: no directory of the node is open in a created container' '' "$(open_directories)"
check start ward start box
sleep 0.1
same 'CVE-2024-21626: nor in a running one' '0 1 2' "$(echo $(ls "/proc/$pid/fd"))"
same 'nor in what is executed in it' '' "$(leaky exec --process <(box_process '.args = ["/bin/descriptors"] |
  .rlimits = [{type: "RLIMIT_NOFILE", soft: 1024, hard: 1024}]') box | grep -v -E "^/dev/null$|^$work/out$|^/bin/descriptors$|^pipe:")"
facts='Uid=10001 10001 10001 10001 Gid=10001 10001 10001 10001 Groups='
for set in Inh Prm Eff Bnd Amb; do facts+=" Cap$set=0000000000000000"; done
facts+=' NoNewPrivs=1 Seccomp=2'
same 'exec: user, groups, capabilities, no_new_privs and seccomp in place' "$facts" "$(echo $(ward exec box /bin/facts))"
same 'create: the same' "$facts" "$(echo $(sed -n \
  's/^\(NoNewPrivs\|Seccomp\|Uid\|Gid\|Groups\|Cap[A-Z][a-z]*\):[[:space:]]*/\1=/p' "/proc/$pid/status"))"
same 'the environment of ward reaches no program' 'PATH=/bin HOME=/tmp' \
  "$(_OCI_SYNCPIPE=3 LD_LIBRARY_PATH=/x NOTIFY_SOCKET=/y SWIFT_BACKTRACE=enable=yes quiet ward exec --detach box /bin/sleep 5
    for found in $(pgrep -x sleep); do
      [[ $(readlink "/proc/$found/ns/pid") == "$(readlink "/proc/$pid/ns/pid")" && $found != "$pid" ]] && tr '\0' ' ' <"/proc/$found/environ" | sed 's/ $//'
    done)"
binary=$(sha256sum <"$(command -v ward)")
# It runs ward itself, confined, where ward is static; its file stays as it is (see the end).
ward exec box /bin/itself >/dev/null 2>&1

ward exec box /bin/facts 1<>/run/containerd/task/fifo
same 'a FIFO of the node keeps its owner' 0 "$(stat --format %u /run/containerd/task/fifo)"

# exec outside of the policy.
refuses 'exec of another program' WARD-EXEC quiet ward exec box /bin/sh
refusal=$(wardctl denials list --json | jq '.[-1].sequence')
said=$(wardctl policy explain "$work/policy.json" "$refusal" 2>&1)
same 'a refusal on record is explained' "1 WARD-EXEC" "$? $(grep -o --max-count=1 WARD-EXEC <<<"$said")"
refuses 'exec with a further argument' WARD-EXEC quiet ward exec box /bin/facts x
refuses 'exec with a variable' WARD-ENV quiet ward exec --env LD_PRELOAD=/x box /bin/facts
refuses 'exec as root' WARD-USER quiet ward exec --user 0 box /bin/facts
refuses 'exec with a group' WARD-USER quiet ward exec --additional-gids 0 box /bin/facts
refuses 'exec in another directory' WARD- quiet ward exec --cwd /proc/self/fd/5 box /bin/facts
refuses 'exec with a terminal' WARD- quiet ward exec --tty box /bin/facts
refuses 'exec with a descriptor' WARD- quiet ward exec --preserve-fds 1 box /bin/facts 3</
refuses 'exec in another cgroup' WARD-CGROUP-PATH quiet ward exec --cgroup / box /bin/facts
exec_limits='.rlimits = [{type: "RLIMIT_NOFILE", soft: 1024, hard: 1024}] | .args = ["/bin/facts"]'
for change in '.capabilities = {ambient: ["CAP_SYS_ADMIN"], inheritable: ["CAP_SYS_ADMIN"]}' '.noNewPrivileges = false' \
  '.user.umask = 0' '.rlimits += [{type: "RLIMIT_CORE", soft: 1, hard: 1}]' '.oomScoreAdj = -900' \
  '.apparmorProfile = "unconfined"' '.selinuxLabel = "x"' '.user.additionalGids = [0]' '.env += ["PATH=/tmp"]' '.terminal = true'; do
  box_process "$exec_limits | $change" >"$work/process.json"
  refuses "exec with $change" 'WARD-' quiet ward exec --process "$work/process.json" box
done
box_process "$exec_limits" >"$work/process.json"
check 'exec of the process without a change' quiet ward exec --process "$work/process.json" box
mv "$work/process.json" "$work/real.json"
ln -s "$work/real.json" "$work/process.json"
refuses 'process.json is a symbolic link' 'process.json' quiet ward exec --process "$work/process.json" box
refuses 'process.json is a FIFO' 'regular file' quiet ward exec --process /run/containerd/task/fifo box
for signal in STOP CONT HUP USR1 SEGV RTMIN 64; do
  refuses "signal $signal" WARD-SIGNAL quiet ward kill box "$signal"
done
refuses 'signal STOP to all' WARD-SIGNAL quiet ward kill --all box STOP
refuses 'a second instance' WARD-INSTANCES quiet ward create --bundle "$work/swap" other
refuses 'the same id' WARD-ID-TAKEN quiet ward create --bundle "$work/box" box
refuses 'the same id under another root' WARD-ID-TAKEN quiet ward --root /run/other create --bundle "$work/box" box
refuses 'exec under another root' 'does not exist' quiet ward --root /run/other exec box /bin/facts
refuses 'delete without force of what runs' 'not stopped' quiet ward delete box
for id in . .. ../box box/../box '' "$(printf 'x%.0s' {1..1025})" $'a\nb' 'a b' a/b; do
  name=${id@Q}
  refuses "id ${name:0:20}" 'container' quiet ward create --bundle "$work/swap" "$id"
done
kill -9 "$pid"
sleep 0.2
refuses 'kill of what has ended, whatever has its pid' 'container not running' quiet ward kill box TERM
refuses 'exec in what has ended' WARD-LIFECYCLE quiet ward exec box /bin/facts
check delete ward delete box

# The caller has gone: Ward clears up all the same.
(
  sleep 0.3
  env --default-signal=PIPE ward create --bundle "$work/nosuch" box 2>&1 >/dev/null
  echo $? >"$work/status"
) | true
same 'a closed error stream is no signal' 1 "$(cat "$work/status")"
check 'a container again' quiet ward run --detach --bundle "$work/box" box
same 'an ignored SIGCHLD hides no end' 0 \
  "$(timeout 10 env --ignore-signal=CHLD ward exec box /bin/facts >/dev/null 2>&1; echo $?)"
ward delete --force box
same 'the program of ward is what it was' "$binary" "$(sha256sum <"$(command -v ward)")"
same 'nothing is left' '' "$(gone box other)"
same 'the chain of records is whole' 0 "$(wardctl denials verify >/dev/null 2>&1; echo $?)"
finish
