#!/usr/bin/env bash
# Hooks of all six kinds under the conformance policy: when they run, where, with what, and what their failure does.
# The same on any kernel: not repeated in the VM, where conformance.sh tries the same fields.
# shellcheck disable=SC2005,SC2016,SC2046,SC2116,SC2154,SC2317 # scripts of hooks are their own; names come from what is
# sourced; lines become words
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=admitted.sh
source "$(dirname "${BASH_SOURCE[0]}")/admitted.sh"
admit
base='.process.noNewPrivileges = true | del(.process.capabilities) | .annotations = {"org.example.key": "value"}'

# A hook that writes down what it sees: it runs on the node and, with the same busybox, in the container.
seen=$work/seen
mkdir "$seen" "$root/seen"
cat >"$work/hook" <<TEXT
#!/bin/busybox sh
exec 8>>\${OUT:-$seen}/log
state=\$(/bin/busybox cat)
echo "\$1" >&8
echo "\$state" >\${OUT:-$seen}/\$1.json
echo \$(for kind in net mnt pid; do /bin/busybox readlink /proc/self/ns/\$kind; done) >\${OUT:-$seen}/\$1.ns
echo "\$0 \$# \$*" >\${OUT:-$seen}/\$1.arguments
/bin/busybox env | /bin/busybox sort | /bin/busybox tr '\n' ' ' >\${OUT:-$seen}/\$1.environment
exec 8>&-
echo \$(/bin/busybox ls /proc/self/fd) >\${OUT:-$seen}/\$1.descriptors
/bin/busybox pwd >\${OUT:-$seen}/\$1.directory
umask >\${OUT:-$seen}/\$1.umask
/bin/busybox ls -d $root/proc/1 >\${OUT:-$seen}/\$1.root 2>&1
ward state hooked >\${OUT:-$seen}/\$1.state 2>&1
exit 0
TEXT
chmod 0755 "$work/hook" "$work"
cp "$work/hook" "$root/hook"

# hooks POINT...: a jq filter that puts a pair of hooks at each point.
hooks() {
  local point filter=.
  for point; do
    filter+=" | .hooks.$point = ([1, 2] | map({path: \"$work/hook\", args: [\"name\", \"$point\\(.)\"], env: [\"A=\\(.)\", \"A=again\", \"PATH=$PATH\"]}))"
  done
  echo "$filter"
}
state_of() { jq -r "$2" "$seen/$1.json"; }
node_ns=$(readlink /proc/self/ns/net /proc/self/ns/mnt /proc/self/ns/pid | tr '\n' ' ')

bundle hooked "$(hooks prestart createRuntime createContainer poststart poststop) | .hooks.startContainer = ([1, 2] | map({
  path: \"/hook\", args: [\"name\", \"startContainer\\(.)\"], env: [\"OUT=/seen\", \"PATH=/bin\"]}))" \
  sh -c 'echo program >>/seen/log; sleep 100'
check 'create with hooks' create hooked 3</dev/null 4</dev/null
same 'hooks of create run in order' \
  'prestart1 prestart2 createRuntime1 createRuntime2 createContainer1 createContainer2' "$(echo $(<"$seen/log"))"
same 'nothing of start has run' '' "$(ls "$root/seen")"
pid=$(<"$work/hooked/pid")
container_ns=$(readlink "/proc/$pid/ns/net" "/proc/$pid/ns/mnt" "/proc/$pid/ns/pid" | tr '\n' ' ')
check 'start with hooks' ward start hooked
same 'startContainer hooks run before the program' 'startContainer1 startContainer2 program' \
  "$(sleep 0.3; echo $(<"$root/seen/log"))"
same 'poststart hooks run before start returns' 'poststart1 poststart2' "$(echo $(tail -n 2 "$seen/log"))"
check 'delete with hooks' ward delete --force hooked
same 'poststop hooks run before delete returns' 'poststop1 poststop2' "$(echo $(tail -n 2 "$seen/log"))"
cp "$root"/seen/* "$seen/"

for point in prestart createRuntime poststart poststop; do
  same "$point runs in the runtime's namespaces" "$node_ns" "$(<"$seen/${point}1.ns") "
done
for point in createContainer startContainer; do
  same "$point runs in the container's namespaces" "$container_ns" "$(<"$seen/${point}1.ns") "
done
for pair in prestart:creating createRuntime:creating createContainer:creating startContainer:created poststart:running \
  poststop:stopped; do
  same "the state says ${pair#*:} at ${pair%:*}" "1.3.0 hooked ${pair#*:} $work/hooked value" \
    "$(state_of "${pair%:*}1" '[.ociVersion, .id, .status, .bundle, .annotations["org.example.key"]] | join(" ")')"
done
for point in prestart createRuntime poststart; do
  same "the pid at $point is the runtime's" "$pid" "$(state_of "${point}1" .pid)"
done
for point in createContainer startContainer; do same "the pid at $point is the container's" 1 "$(state_of "${point}1" .pid)"; done
same 'no pid after the end' 0 "$(state_of poststop1 '.pid // 0')"
same 'arguments as given' "$work/hook 1 prestart2" "$(<"$seen/prestart2.arguments")"
for point in prestart createContainer poststop; do
  same "the environment of $point is the one that was given" "A=again PATH=$PATH PWD=$(<"$seen/${point}1.directory") SHLVL=1 " \
    "$(sed 's/OLDPWD=[^ ]* //' "$seen/${point}1.environment")"
done
for point in prestart createRuntime createContainer startContainer poststart poststop; do
  same "$point inherits no descriptor" '0 1 2 3' "$(<"$seen/${point}1.descriptors")"
done
same 'the usual umask' 0022 "$(<"$seen/createContainer1.umask")"
same 'the working directory is the bundle' "$work/hooked" "$(<"$seen/createRuntime1.directory")"
same 'the container can be asked for its state meanwhile' 'creating running' \
  "$(jq -r .status "$seen/createRuntime1.state") $(jq -r .status "$seen/poststart1.state")"
same 'the container is gone at poststop' yes "$(grep -q 'does not exist' "$seen/poststop1.state" && echo yes)"
same 'the root is mounted where createContainer is told, before pivot_root' "$root/proc/1" "$(<"$seen/createContainer1.root")"
same 'the node does not see that' no "$([[ $(<"$seen/createRuntime1.root") == "$root/proc/1" ]] && echo yes || echo no)"

# run: all of them in one command, and the end of the container.
rm -f "$seen"/* "$root"/seen/*
bundle hooked "$(hooks prestart createRuntime createContainer poststart poststop)" true
check 'run with hooks' ward run --bundle "$work/hooked" hooked
same 'run runs all of them' 'prestart createRuntime createContainer poststart poststop' \
  "$(echo $(uniq <(tr -d 12 <"$seen/log")))"

# What is not asked of a hook: no arguments.
rm -f "$seen"/*
printf '#!/bin/sh\necho "$0 $#" >%s/plain; env >>%s/plain\n' "$seen" "$seen" >"$work/plain"
chmod 0755 "$work/plain"
bundle hooked ".hooks.createRuntime = [{path: \"$work/plain\"}]" true
check 'a hook without arguments and environment' ward run --bundle "$work/hooked" hooked
same 'gets its path and nothing' "$work/plain 0 PWD=$work/hooked" "$(echo $(<"$seen/plain"))"

# A pod: the namespaces that the launching process has entered are not those of the hooks.
bundle pod . sleep 100
create pod && ward start pod
pid=$(<"$work/pod/pid")
rm -f "$seen"/*
bundle hooked "$(hooks createRuntime createContainer poststart) | .linux.namespaces |= map(
  if .type == \"network\" or .type == \"ipc\" or .type == \"uts\" then .path = \"/proc/$pid/ns/\" + ({network: \"net\"}[.type] // .type) else . end)" true
check 'a container in the namespaces of another' ward run --bundle "$work/hooked" hooked
same 'its createRuntime hook is in those of the node' "$node_ns" "$(<"$seen/createRuntime1.ns") "
same 'its poststart hook too' "$node_ns" "$(<"$seen/poststart1.ns") "
same 'its createContainer hook is in those of the other' "$(readlink "/proc/$pid/ns/net")" \
  "$(cut -d ' ' -f 1 "$seen/createContainer1.ns")"
ward delete --force pod

# Failures.
printf '#!/bin/sh\necho "no luck" >&2\nexit 3\n' >"$work/bad"
printf '#!/bin/sh\nsleep 100 &\necho $! >%s/child\nwait\n' "$seen" >"$work/slow"
chmod 0755 "$work/bad" "$work/slow"
cp "$work/bad" "$root/bad"
for point in prestart createRuntime createContainer; do
  rm -f "$seen"/*
  fails "a failing $point hook" "error running $point hook #0 \"$work/bad\": exit status 3, output: no luck" \
    ".hooks.$point = [{path: \"$work/bad\"}, {path: \"$work/hook\", args: [\"h\", \"late\"]}] | .hooks.poststop = [
      {path: \"$work/hook\", args: [\"h\", \"poststop\"]}]"
  same "after a failing $point hook no other runs, but poststop" poststop "$(echo $(<"$seen/log"))"
done
same 'and no cgroup is left' '' "$(find /sys/fs/cgroup -type d -name "c$$-$number" 2>/dev/null)"
for point in startContainer poststart; do
  bad=$work/bad
  [[ $point == poststart ]] || bad=/bad
  bundle hooked ".hooks.$point = [{path: \"$bad\"}]" sleep 100
  check "create before a failing $point hook" create hooked
  pid=$(<"$work/hooked/pid")
  refuses "a failing $point hook" "error running $point hook #0 \"$bad\": exit status 3, output: " plain ward start hooked
  refuses "a failing $point hook ends and destroys the container" 'does not exist' ward state hooked
  same "its process has ended" '' "$(ls -d "/proc/$pid/exe" 2>/dev/null && cat "/proc/$pid/status")"
  refuses "a failing $point hook at run" "error running $point hook #0" plain ward run --bundle "$work/hooked" hooked
  refuses "a failing $point hook at run destroys the container" 'does not exist' ward state hooked
done
fails 'a hook that takes too long' "error running createRuntime hook #0 \"$work/slow\": it was ended after 1 seconds" \
  ".hooks.createRuntime = [{path: \"$work/slow\", timeout: 1}]"
same 'what it has started has ended with it' '' "$(ls -d "/proc/$(<"$seen/child")/exe" 2>/dev/null)"
fails 'a hook that is not there' "execve /nosuch: no such file or directory" '.hooks.createRuntime = [{path: "/nosuch"}]'
rm -f "$seen"/*
fails 'a launch that fails before its hooks' 'openat2 /nosuch' ".hooks = {prestart: [{path: \"$work/hook\", args: [\"h\", \"early\"]}]} | .hooks.poststop = .hooks.prestart | (.linux.namespaces[] | select(.type == \"network\")).path = \"/nosuch\""
same 'runs none of them' '' "$(ls "$seen")"
fails 'a relative path' 'expected an absolute path, got "bin/true"' '.hooks.poststop = [{path: "bin/true"}]'
fails 'a timeout of nothing' 'expected a number of seconds from 1, found 0' '.hooks.poststop = [{path: "/bin/true", timeout: 0}]'

# poststop: a warning, and all goes on.
rm -f "$seen"/*
bundle hooked ".hooks.poststop = [{path: \"$work/bad\"}, {path: \"$work/hook\", args: [\"h\", \"second\"]}]" true
check 'create before a failing poststop hook' create hooked
check 'delete with a failing poststop hook' ward --log /tmp/ward-hooks.log --log-format json delete --force hooked
same 'warns of it' "warning error running poststop hook #0 \"$work/bad\": exit status 3, output: no luck" \
  "$(jq -r '.level + " " + .msg' /tmp/ward-hooks.log)"
rm -f /tmp/ward-hooks.log
same 'and runs the next' second "$(<"$seen/log")"
refuses 'the container is gone' 'does not exist' ward state hooked

# The bundle can change after create: what was admitted runs.
rm -f "$seen"/*
bundle hooked ".hooks.poststop = [{path: \"$work/hook\", args: [\"h\", \"first\"]}]" true
create hooked
bundle hooked ".hooks.poststop = [{path: \"$work/hook\", args: [\"h\", \"changed\"]}]" true
ward delete --force hooked
same 'a change of config.json after create has no effect' first "$(<"$seen/log")"

# A system call filter as containerd's profile has it: clone3 does not exist.
bundle hooked '.hooks.startContainer = [{path: "/hook", args: ["h", "filtered"], env: ["OUT=/seen"]}]
  | .process.noNewPrivileges = false
  | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}' true
check 'a startContainer hook where clone3 is filtered' ward run --bundle "$work/hooked" hooked
same 'it ran' filtered "$(tail -n 1 "$root/seen/log")"
finish
