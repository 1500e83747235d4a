#!/usr/bin/env bash
# Pausing and watching containers, as containerd's shim and Podman do it: pause, resume, events.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
admit_all

bundle=$work/bundle
mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/proc" "$bundle/rootfs/dev"
cp "$(command -v busybox)" "$bundle/rootfs/bin/"
for name in sh sleep cat tail; do ln -s busybox "$bundle/rootfs/bin/$name"; done
# config ARGUMENTS RESOURCES: writes config.json; both are JSON.
config() {
  printf '{"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"args":%s,"env":["PATH=/bin"],"cwd":"/"},
    "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},
    {"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
    "linux":{"resources":%s,"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"}]}}' \
    "$1" "${2:-{\}}" >"$bundle/config.json"
}
# launch ARGUMENT...: ward, whose container keeps the standard streams open for as long as it lives.
launch() {
  ward "$@" </dev/null >/dev/null 2>"$work/errors" || {
    cat "$work/errors"
    return 1
  }
}
status() { ward state "$1" | jq --raw-output .status; }
unified=
[[ $(stat --file-system --format %T /sys/fs/cgroup) == cgroup2fs ]] && unified=yes

# ticks: how much processor time the container's first process has used.
ticks() { awk '{print $14 + $15}' "/proc/$(<"$work/pid")/stat"; }
# still NAME: within 200 ms the container uses no time.
still() {
  local before
  before=$(ticks)
  sleep 0.2
  same "$1" "$before" "$(ticks)"
}
# moves NAME: the container uses time.
moves() {
  local before try
  before=$(ticks)
  for ((try = 0; try < 100; try++)); do
    (($(ticks) > before)) && break
    sleep 0.02
  done
  if (($(ticks) > before)); then ok "$1"; else not_ok "$1" "the process stands still"; fi
}

pausing() {
  local id=pausing-$$
  config '["sh","-c","while :; do :; done"]'
  check pausing-create launch create --bundle "$bundle" --pid-file "$work/pid" "$id"
  check pause-a-created-container ward pause "$id"
  same created-and-paused paused "$(status "$id")"
  refuses start-a-paused-container 'cannot start a container in the paused state' ward start "$id"
  check resume-a-created-container ward resume "$id"
  same resumed-to-created created "$(status "$id")"
  check pausing-start ward start "$id"
  moves runs-before-the-pause
  refuses resume-a-running-container 'container not paused' ward resume "$id"
  check pause ward pause "$id"
  same paused paused "$(status "$id")"
  still stands-still-when-paused
  refuses pause-a-paused-container 'container not running' ward pause "$id"
  refuses exec-in-a-paused-container 'cannot exec in a paused container' ward exec "$id" true
  check update-a-paused-container ward update --pids-limit 99 "$id"
  check stats-of-a-paused-container ward events --stats "$id"
  refuses delete-a-paused-container 'that is not stopped: paused' ward delete "$id"
  check resume ward resume "$id"
  same resumed running "$(status "$id")"
  moves runs-after-the-pause
  check pause-again ward pause "$id"
  check kill-all-of-a-paused-container ward kill --all "$id" KILL
  local try
  for ((try = 0; try < 200; try++)); do
    [[ $(status "$id") == stopped ]] && break
    sleep 0.01
  done
  same killed-while-paused stopped "$(status "$id")"
  refuses pause-a-stopped-container 'container not running' ward pause "$id"
  refuses resume-a-stopped-container 'container not paused' ward resume "$id"
  refuses update-a-stopped-container 'container not running' ward update --pids-limit 9 "$id"
  refuses stats-of-a-stopped-container "container with id $id is not running" ward events --stats "$id"
  check pausing-delete ward delete "$id"
  refuses pause-what-is-not-there 'container does not exist' ward pause "$id"
  refuses update-what-is-not-there 'container does not exist' ward update --pids-limit 9 "$id"
  refuses events-of-what-is-not-there 'container does not exist' ward events --stats "$id"
  check delete-paused-by-force-create launch run --detach --bundle "$bundle" "$id"
  check delete-paused-by-force-pause ward pause "$id"
  check delete-paused-by-force ward delete --force "$id"
}

# field NAME FILTER VALUE: what a jq filter finds in the statistics.
field() { same "stats-$1" "$3" "$(jq --compact-output "$2" <<<"$stats")"; }

statistics() {
  local id=stats-$$ stats lines
  config '["sh","-c","i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; while :; do sleep 0.05; done"]' \
    '{"memory":{"limit":104857600},"pids":{"limit":50}}'
  check stats-run launch run --detach --bundle "$bundle" --pid-file "$work/pid" "$id"
  sleep 1
  stats=$(ward events --stats "$id" 2>&1)
  field form '[.type, .id]' "[\"stats\",\"$id\"]"
  # What go-runc's types demand: a wrong kind of value fails the decoding of the whole.
  field kinds '[.data | (.cpu.usage.total, .cpu.usage.kernel, .cpu.usage.user, .cpu.throttling.periods,
    .memory.cache, .memory.usage.limit, .memory.usage.usage, .memory.usage.max, .memory.usage.failcnt,
    .memory.swap.limit, .memory.kernel.usage, .memory.kernelTCP.usage, .memory.raw, .pids.current, .blkio, .hugetlb,
    .intel_rdt, .network_interfaces, .cpu.usage.percpu) | type] | unique' '["array","null","number","object"]'
  field memory-limit .data.memory.usage.limit 104857600
  field memory-in-use '.data.memory.usage | .usage > 0 and .max >= .usage' true
  field memory-details '.data.memory.raw | length > 5' true
  field pids-limit .data.pids.limit 50
  field pids '.data.pids.current >= 1' true
  field processor-time '.data.cpu.usage.total > 1000000' true
  field processor-time-in-parts '.data.cpu.usage | .user + .kernel > 0' true
  [[ $unified ]] || field processors '.data.cpu.usage | (.percpu | length) > 0 and (.percpu | add) >= .total' true
  lines=$(timeout 5 ward events --interval=200ms "$id" | head -3 | jq --raw-output .type | tr '\n' ' ')
  same events-at-intervals 'stats stats stats ' "$lines"
  refuses events-wants-a-time 'expected a length of time' ward events --interval soon "$id"
  refuses events-wants-more-than-nothing 'duration interval must be greater than 0' ward events --interval 0s "$id"
  ward events --interval 100s "$id" >"$work/events" 2>&1 &
  local events=$!
  sleep 0.3
  ward kill "$id" KILL
  check events-end-with-the-container timeout 5 tail --pid="$events" --follow /dev/null
  wait "$events"
  same events-end-well 0 $?
  check stats-delete ward delete --force "$id"
}

memory_runs_out() {
  local id=oom-$$
  config '["sh","-c","sleep 0.5; tail /dev/zero; sleep 100"]' '{"memory":{"limit":20971520,"swap":20971520}}'
  if ! launch run --detach --bundle "$bundle" "$id"; then
    config '["sh","-c","sleep 0.5; tail /dev/zero; sleep 100"]' '{"memory":{"limit":20971520}}'
    check oom-run launch run --detach --bundle "$bundle" "$id"
  fi
  timeout 60 ward events --interval 1h "$id" >"$work/events" &
  local events=$! try
  for ((try = 0; try < 300; try++)); do
    [[ -s $work/events ]] && break
    sleep 0.1
  done
  same oom-is-an-event "{\"type\":\"oom\",\"id\":\"$id\"}" "$(head -1 "$work/events")"
  check oom-delete ward delete --force "$id"
  wait "$events"
}

pausing
statistics
memory_runs_out
finish
