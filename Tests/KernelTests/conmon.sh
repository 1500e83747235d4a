#!/usr/bin/env bash
# conmon calls ward as CRI-O has it do: it creates a container, holds its streams and its terminal, adds processes, and
# reports how it ended.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
engine conmon conmon
node "$@"
busybox_image
boot "$checkout/Manifests/policies/conformance.yaml"
cd "$work" || exit 1
mkdir exits persist sockets bundle
cp --recursive "$work/unpacked/rootfs" bundle/rootfs
# What CRI-O hands on: its own --root, which is a name to ward.
runtime=(-r "$(command -v ward)" --runtime-arg --root=/run/crio-ward)
as_crio() { ward --root /run/crio-ward "$@"; }

# bundle SCRIPT TERMINAL: what the container runs.
bundle() {
  jq --null-input --arg script "$1" --argjson terminal "$2" '{
    ociVersion: "1.1.0", root: {path: "rootfs"},
    process: {terminal: $terminal, user: {uid: 0, gid: 0}, args: ["/bin/sh", "-c", $script], env: ["PATH=/bin"],
      cwd: "/"},
    mounts: [{destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]},
      {destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]}],
    linux: {cgroupsPath: "/conmon-test/box", namespaces: (["pid", "ipc", "uts", "mount", "network"] | map({type: .}))}}' \
    >bundle/config.json
}
# monitor ID NAME OPTION...: conmon for the container ID or a process in it; $work/NAME.sync has what it reports.
monitor() {
  local id=$1 name=$2
  shift 2
  _OCI_SYNCPIPE=3 conmon -c "$id" -n "$id" -u "$name" "${runtime[@]}" -b "$work/bundle" -p "$work/$name.pid" \
    -l "k8s-file:$work/$name.log" --exit-dir "$work/exits" --persist-dir "$work/persist" \
    --socket-dir-path "$work/sockets" --log-level error "$@" 3>"$work/$name.sync" </dev/null >"$work/$name.said" 2>&1
}
# waits FILE TEXT: until the file has the text.
waits() {
  for _ in {1..100}; do grep --quiet --fixed-strings -- "$2" "$1" 2>/dev/null && return; sleep 0.1; done
  echo "no $2 in $(cat "$1" 2>&1)"
  return 1
}

bundle 'echo started; while :; do sleep 0.1; done' false
check create monitor box box
# conmon goes into the background before the runtime is through.
check create/reported waits box.sync '"pid": '
same create/pid-file "$(jq .pid box.sync)" "$(cat box.pid)"
same create/status created "$(as_crio state box | jq --raw-output .status)"
check start as_crio start box
check logs waits box.log 'stdout F started'
# conmon's own pipe is none of the container's business.
same no-variable-of-conmon '' "$(tr '\0' '\n' <"/proc/$(cat box.pid)/environ" | grep OCI)"

jq '.process | .args[2] = "echo inside; tty"' bundle/config.json >process.json
check exec monitor box first -e --exec-process-spec process.json
check exec/logs waits first.log 'stdout F inside'
check exec/no-terminal waits first.log 'stdout F not a tty'
jq '.terminal = true' process.json >terminal.json
check exec/terminal monitor box second -e -t --exec-process-spec terminal.json
check exec/terminal/logs waits second.log '/dev/pts/0'
jq '.args = ["/nosuch"]' process.json >missing.json
monitor box third -e --exec-process-spec missing.json
check exec/missing-program waits third.sync 'no such file or directory'
check exec/missing-program/no-pid-file test ! -e third.pid

check kill as_crio kill box KILL
check exit-file waits exits/box 137
check delete as_crio delete box
rm exits/box

bundle 'tty; exit 9' true
check terminal/create monitor box terminal -t
check terminal/reported waits terminal.sync '"pid": '
check terminal/start as_crio start box
check terminal/logs waits terminal.log '/dev/pts/0'
check terminal/exit-file waits exits/box 9
check terminal/delete as_crio delete box

bundle 'true' false
jq '.process.args = ["/nosuch"]' bundle/config.json >changed && mv changed bundle/config.json
monitor box missing
check missing-program waits missing.sync 'no such file or directory'
same no-state '' "$(ls /run/ward/containers)"
same no-cgroup '' "$(find /sys/fs/cgroup -type d -path '*/conmon-test/box*' 2>/dev/null)"
find /sys/fs/cgroup -depth -type d -name conmon-test -exec rmdir {} \;
finish
