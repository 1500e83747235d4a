# shellcheck shell=bash
# Sourced by Hack/audit on a private node: lives of containers, each command under strace. A trace is called
# VERB.NUMBER; the facts about processes lie beside them.
# shellcheck disable=SC2154 # work, images, integrity and checkout come from node

# shellcheck source=../bare.sh
source "$checkout/Hack/lib/bare.sh"

traces=0
# Cgroups are those of the whole machine, and another audit may be at work.
id=audit-$$
# traced VERB ARGUMENT...: the command under strace, which goes on with what the command leaves behind (-D). Some commands
# are refused: that is a way through a verb, too.
traced() {
  timeout 60 strace -D -f -qq -s 256 -e signal=none -o "$work/audit/$1.$((traces += 1))" ward "$@" </dev/null >>"$work/said" 2>&1 || true
}

# boot POLICY: the node as after a boot, with a policy measured.
boot() {
  rm -rf /run/ward/*
  reset_tpm
  configure
  wardctl policy compile --integrity "$integrity" --output "$work/policy.json" "$1" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
  wardctl measure --bundle "$work/policy.json" >/dev/null
}

# image: files of a container.
image() {
  local program
  mkdir -p "$1"/{bin,proc,dev,sys,tmp,etc}
  cp "$(command -v busybox)" "$1/bin/"
  for program in sh sleep true cat ls echo; do ln -s busybox "$1/bin/$program"; done
  echo 'app:x:10001:10001::/tmp:/bin/sh' >"$1/etc/passwd"
}

# life: from create to delete.
life() {
  traced create --pid-file "$work/pid" --bundle "$work/box" "$id"
  facts created "$(ward state "$id" | jq .pid)"
  traced create --bundle "$work/box" "$id"
  traced state "$id"
  traced start "$id"
  traced start "$id"
  traced list
  traced list --format json
  traced exec "$id" /bin/true
  traced exec --detach "$id" /bin/true
  traced exec "$id" /bin/nosuch
  ward exec "$id" /bin/sleep 2 </dev/null >/dev/null 2>&1 &
  sleep 0.5
  facts supervising "$!"
  wait "$!" || true
  for verb in pause ps state resume ps; do traced "$verb" "$id"; done
  traced ps --format json "$id"
  traced events --stats "$id"
  traced kill "$id" 0
  traced delete "$id"
  traced kill --all "$id" KILL
  traced delete --force "$id"
  traced delete --force "$id"
  traced run --bundle "$work/short" "$id"
  traced run --detach --bundle "$work/box" "$id"
  traced kill "$id" KILL
  traced delete --force "$id"
}

# facts NAME PID: what the kernel says of a process of ward.
facts() {
  { cat "/proc/$2/maps"; } >"$work/audit/$1.maps" 2>/dev/null || true
  { cat "/proc/$2/status"; } >"$work/audit/$1.status" 2>/dev/null || true
  { ls -l "/proc/$2/fd"; } >"$work/audit/$1.descriptors" 2>/dev/null || true
  { stat -c %u "/proc/$2/environ"; } >"$work/audit/$1.owner" 2>/dev/null || true
}

lives() {
  local verb try
  image "$work/image"
  mkdir -p "$work"/{box,short,rich,userns,joined,terminal}/rootfs "$work/policy"
  for verb in features spec completion checkpoint restore; do traced "$verb" "$id"; done
  (cd "$work/policy" && traced spec)
  traced completion bash
  traced --version
  traced --help
  traced create --help

  # A verified image under a policy that enforces.
  wardctl image build --output "$images" --lock "$work/policy/images.lock" --name box "$work/image" >/dev/null
  cat >"$work/policy/policy.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: audited, version: 1}
platform: bare-1
images: images.lock
containers:
  box:
    image: box
    args: [/bin/sleep, "1000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    scratch: {/tmp: {size: 1Mi}}
    signals: [TERM, KILL]
    stdio: {stdout: allow, stderr: allow}
    instances: 2
    exec: {"true": {args: [/bin/true]}, nosuch: {args: [/bin/nosuch]}, wait: {args: [/bin/sleep, "2"]}}
  short:
    image: box
    args: [/bin/true]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
POLICY
  boot "$work/policy/policy.yaml"
  bare_config . >"$work/box/config.json"
  bare_config '.process.args = ["/bin/true"]' >"$work/short/config.json"
  life

  # As sent: everything that the specification knows and this kernel has.
  printf 'apiVersion: ward/v1\nkind: Policy\nmetadata: {name: audited, version: 1}\nmode: conformance\n' >"$work/policy/sent.yaml"
  boot "$work/policy/sent.yaml"
  for verb in box short rich userns joined terminal; do
    rmdir "$work/$verb/rootfs"
    ln -s "$work/image" "$work/$verb/rootfs"
  done
  life
  bare_config '.process.args = ["/bin/true"] | .process.oomScoreAdj = 100 | .process.user = {uid: 0, gid: 0, umask: 63, additionalGids: [5]}
    | .process.noNewPrivileges = false | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}]
    | .process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}
    | .hooks = (["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
      | map({key: ., value: [{path: "/bin/echo"}]}) | from_entries)
    | .root.readonly = false | .hostname = "box" | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
    | .linux.devices = [{path: "/dev/tun", type: "c", major: 10, minor: 200}] | .linux.resources.pids = {limit: 100}
    | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}
    | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000}}
    | .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]},
      {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]},
      {destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]},
      {destination: "/data", type: "bind", source: "/usr/share", options: ["rbind", "rro", "rslave"]}]' >"$work/rich/config.json"
  traced run --bundle "$work/rich" "rich-$id"
  bare_config '.process.args = ["/bin/true"] | .linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings' \
    >"$work/userns/config.json"
  chmod 0755 "$work"
  traced run --bundle "$work/userns" "userns-$id"
  ward run --detach --bundle "$work/box" "$id" </dev/null >/dev/null 2>&1
  bare_config ".process.args = [\"/bin/true\"] | .linux.namespaces |= map(if .type == \"mount\" or .type == \"cgroup\" then . else
    .path = \"/proc/$(ward state $id | jq .pid)/ns/\" + ({network: \"net\"}[.type] // .type) end)" >"$work/joined/config.json"
  traced run --bundle "$work/joined" "joined-$id"
  traced update --pids-limit 50 "$id"
  traced exec --preserve-fds 1 "$id" /bin/true 3</dev/null
  bare_config '.process.args = ["/bin/true"] | .process.terminal = true' >"$work/terminal/config.json"
  python3 - "$work/console" <<'PYTHON' &
import socket, sys, time
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(4)
held = []
server.settimeout(60)
while len(held) < 2: held.append(socket.recv_fds(server.accept()[0], 64, 1))
time.sleep(2)
PYTHON
  console=$!
  for ((try = 0; try < 100; try++)); do [[ -S $work/console ]] || sleep 0.05; done
  traced run --console-socket "$work/console" --bundle "$work/terminal" "terminal-$id"
  jq '.process | .args = ["/bin/true"] | .terminal = true' "$work/box/config.json" >"$work/process.json"
  traced exec --console-socket "$work/console" --process "$work/process.json" "$id"
  ward exec --preserve-fds 0 "$id" /bin/ls /proc/self/fd </dev/null 3</ 7</etc >"$work/audit/program.descriptors" 2>/dev/null || true
  ward exec "$id" /bin/cat /proc/self/status </dev/null >"$work/audit/program.status" 2>/dev/null || true
  traced delete --force "$id"
  kill "$console" 2>/dev/null || true
}
