#!/usr/bin/env bash
# conmon calls ward as CRI-O has it do: it creates a container, holds its streams and its terminal, adds processes, and
# reports how it ended. Then the same under a policy for CRI-O, with the config.json of a CRI-O.
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

# A pod as CRI-O prepares it: files, and namespaces that are pinned before anything runs.
fixture=$checkout/Tests/PolicyAuthoringTests/Fixtures/crio/1.36.3/nginx/nginx.json
id=$(jq --raw-output '.linux.cgroupsPath | split("/crio-")[1]' "$fixture")
for file in $(jq --raw-output '.mounts[] | select(.options | index("bind")) | .source' "$fixture"); do
  case $file in
  */shm | */volumes/*) mkdir -p "$file" ;;
  *) mkdir -p "${file%/*}" && touch "$file" ;;
  esac
done
for kind in net ipc uts; do
  pin=$(jq --raw-output --arg kind "/${kind}ns/" '.linux.namespaces[].path // "" | select(contains($kind))' "$fixture")
  mkdir -p "${pin%/*}"
  touch "$pin"
  unshare "--$kind=$pin" true
done
cat >crio.yaml <<'POLICY'
apiVersion: ward/v1
kind: Policy
metadata: {name: pinned, version: 4}
platform: crio-1
containers:
  nginx:
    image: box
    args: [/bin/sh, -c, 'echo on $(cat /proc/sys/kernel/hostname); grep " / " /proc/mounts; while :; do sleep 1; done']
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    scratch: {/tmp: {size: 1Mi}}
    exec: {probe: {args: [/bin/echo, well]}}
    stdio: {stdout: allow}
    signals: [TERM, KILL]
POLICY
wardctl image build --name box --lock "$work/images.lock" --output "$images" --oci-layout "$work/oci:latest" >/dev/null
boot crio.yaml --images "$work/images.lock" --integrity memory
script=$(jq --raw-output '.containers.nginx.args[2]' policy.json)
# pinned [FILTER]: what CRI-O writes for the entry; FILTER changes it.
pinned() {
  jq --arg script "$script" '.process.args = ["/bin/sh", "-c", $script] | .process.env |= ["PATH=/bin"] + .[1:3]
    | .process.user = {uid: 10001, gid: 10001, additionalGids: [10001]} | del(.process.oomScoreAdj)
    | .mounts |= map(select(.destination | test("nginx") | not)) | .linux.resources = {devices: .linux.resources.devices}
    | .linux.cgroupsPath = "/kubepods/burstable/pod\(.annotations["io.kubernetes.pod.uid"])/crio-" + $ARGS.named.id
    | '"${1:-.}" --arg id "$id" "$fixture" >bundle/config.json
}
pinned
check gate/create monitor "$id" gate
check gate/reported waits gate.sync '"pid": '
check gate/start as_crio start "$id"
check gate/name-of-the-pod waits gate.log "on $(jq --raw-output .hostname bundle/config.json)"
check gate/root-is-the-verified-image waits gate.log ' / erofs ro'
jq '.process | .args = ["/bin/echo", "well"]' bundle/config.json >process.json
check gate/exec monitor "$id" gate-probe -e --exec-process-spec process.json
check gate/exec/logs waits gate-probe.log 'stdout F well'
check gate/kill as_crio kill "$id" KILL
check gate/exit-file waits "exits/$id" 137
check gate/delete as_crio delete "$id"
# refused NAME CODE FILTER
refused() {
  pinned "$3"
  monitor "$id" "$1"
  check "gate/$1" waits "$1.sync" "$2"
}
refused variable WARD-ENV-UNEXPECTED '.process.env += ["LD_PRELOAD=/x.so"]'
refused mount WARD-MOUNT-UNEXPECTED '.mounts += [{destination: "/host", type: "bind", source: "/etc", options: ["bind"]}]'
refused another-pod WARD-NAMESPACE '.linux.namespaces[2].path = "/var/run/ipcns/26b1c737-29cc-8875-8145-b7e71ff0de85"'
same gate/no-state '' "$(ls /run/ward/containers)"
umount /run/{net,ipc,uts}ns/*
finish
