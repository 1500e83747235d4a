#!/usr/bin/env bash
# What containers of a pod have in common: RAM disks, a process namespace, kernel parameters, and a count of launches.
# The commands are those that `wardctl policy example` writes for the entries.
# shellcheck disable=SC1091,SC2154 # names come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
source "$checkout/Tests/KernelTests/enforced.sh"

image_root "$work/root"
mkdir "$work/root"/{cache,seen}
cat >"$work/root/bin/write" <<'WRITE'
#!/bin/sh
echo "$(cat /proc/sys/net/core/somaxconn)" >/cache/word || exit
exec sleep 1000
WRITE
chmod 755 "$work/root/bin/write"
check image wardctl image build --output "$images" --lock "$work/images.lock" --name box "$work/root"
cat >"$work/policy.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: pod, version: 1}
platform: containerd-cri-2
images: images.lock
integrity: $integrity
sandbox: {scratch: {cache: {size: 1Mi}}, sysctls: {net.core.somaxconn: "1000"}}
containers:
  writer:
    image: box
    args: [/bin/write]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    volumes: {/cache: {scratch: cache}}
    signals: [KILL]
    restarts: 1
    exec:
      fill: {args: [/bin/sh, -c, "cat /dev/zero >/cache/zero"], stdio: {stderr: allow}}
  reader:
    image: box
    args: [/bin/sleep, "1000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    volumes: {/seen: {scratch: cache, readOnly: true}}
    namespaces: {pid: sandbox}
    signals: [KILL]
    exec:
      word: {args: [/bin/cat, /seen/word], stdio: {stdout: allow, stderr: allow}}
      write: {args: [/bin/sh, -c, "echo x >/seen/x"], stdio: {stderr: allow}}
      first: {args: [/bin/cat, /proc/1/comm], stdio: {stdout: allow}}
      mounts: {args: [/bin/grep, /seen, /proc/self/mounts], stdio: {stdout: allow}}
POLICY
check compile wardctl policy compile --output "$work/policy.json" "$work/policy.yaml"
configure
check measure wardctl measure --bundle "$work/policy.json"

# bundle NAME ENTRY [ID]: what the entry admits, with the sandbox's process and the files that the platform would make.
bundle() {
  local config=$work/$1/config.json id
  mkdir -p "$work/$1/rootfs"
  wardctl policy example "$work/policy.json" "$2" >"$work/example.json" || return
  id=$(jq --raw-output '.linux.cgroupsPath | split("/")[-1]' "$work/example.json")
  sed "s|/proc/4242/|/proc/$(cat "$work/sandbox/pid" 2>/dev/null)/|; s|$id\"|${3:-$id}\"|" "$work/example.json" |
    jq --compact-output . | sed "s|/proc/4242/|/proc/$(cat "$work/sandbox/pid" 2>/dev/null)/|g" >"$config"
  local place kind
  while read -r kind place; do
    mkdir -p "$(dirname "$place")"
    if [[ $kind == /dev/shm ]]; then mkdir -p "$place"; else : >"$place"; fi
  done < <(jq --raw-output '.mounts[] | select(.type == "bind") | "\(.destination) \(.source)"' "$config")
  echo "${3:-$id}" >"$work/$1/id"
}
# launch NAME: its id is in the folder.
launch() {
  ward create --bundle "$work/$1" --pid-file "$work/$1/pid" "$(cat "$work/$1/id")" </dev/null >"$work/$1/said" 2>&1 ||
    { cat "$work/$1/said"; return 1; }
  ward start "$(cat "$work/$1/id")"
}
end() { ward delete --force "$(cat "$work/$1/id")"; }
within() { ward exec --process "$work/$2.json" "$(cat "$work/$1/id")" </dev/null 2>&1; }
# process NAME ENTRY EXEC: process.json for an exec entry of the container.
process() { jq --argjson args "$3" '.process | .args = $args' "$work/$1/config.json" >"$work/$2.json"; }
run_sandbox() { bundle sandbox sandbox && launch sandbox; }

bundle sandbox sandbox
netns=$(jq --raw-output '.linux.namespaces[] | select(.type == "network").path' "$work/sandbox/config.json")
check network ip netns add "$(basename "$netns")"
check sandbox run_sandbox
sandbox_pid=$(cat "$work/sandbox/pid")
check 'the writer' bundle writer writer aa11
check 'the writer runs' launch writer
check 'the reader' bundle reader reader bb22
check 'the reader runs' launch reader
process reader word '["/bin/cat", "/seen/word"]'
process reader write '["/bin/sh", "-c", "echo x >/seen/x"]'
process reader first '["/bin/cat", "/proc/1/comm"]'
process reader mounts '["/bin/grep", "/seen", "/proc/self/mounts"]'
process writer fill '["/bin/sh", "-c", "cat /dev/zero >/cache/zero"]'
for _ in {1..50}; do [[ $(within reader word) == 1000 ]] && break; sleep 0.1; done
same 'one writes, the other reads; the parameter is the sandbox'"'"'s' 1000 "$(within reader word)"
refuses 'the reader does not write' 'Read-only file system' within reader write
same 'a RAM disk, and nothing runs from it' 'scratch ro,nosuid,nodev,noexec' \
  "$(within reader mounts | sed 's/^\([^ ]*\) [^ ]* [^ ]* \(ro,nosuid,nodev,noexec\).*/\1 \2/')"
refuses 'it has a size' 'No space left' within writer fill
same 'the processes are the pod'"'"'s' "$(cat "/proc/$sandbox_pid/comm")" "$(within reader first)"
same 'nothing of it lies on the node' '' "$(grep -F /shared /proc/self/mountinfo)"

kill_writer() { end writer && bundle writer writer "$1" && launch writer; }
check 'one restart' kill_writer aa12
word_again() { [[ $(within reader word) == 1000 ]]; }
check 'what the first has written is still there' word_again
end writer
bundle writer writer aa13
hosts=$(jq --raw-output '.mounts[] | select(.destination == "/etc/hosts").source' "$work/writer/config.json")
refuses 'no second restart' WARD-RESTARTS launch writer
check 'a new pod: the old one ends' end reader
check 'a new pod: and its sandbox' end sandbox
check 'a new pod' run_sandbox
bundle writer writer aa14
# A platform's file is gone.
rm "$hosts"
refuses 'a launch that fails' hosts launch writer
: >"$hosts"
check 'is not counted: the first of the new pod' launch writer
bundle reader reader bb23
check 'the reader again' launch reader
for _ in {1..50}; do [[ $(within reader word) == 1000 ]] && break; sleep 0.1; done
same 'the new pod has its own word' 1000 "$(within reader word)"
check 'the restart of the new pod' kill_writer aa15
end writer
bundle writer writer aa16
refuses 'and no second one' WARD-RESTARTS launch writer

# A sandbox that is gone has nothing to share.
bundle late reader cc33
check 'the sandbox ends' end sandbox
refuses 'no container without its sandbox' WARD- launch late
end reader
same 'nothing is left' '' "$(ls /run/ward/containers)$(grep -F /shared /proc/self/mountinfo)"
check 'the log' wardctl denials verify
finish
