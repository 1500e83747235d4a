#!/usr/bin/env bash
# Commands that are killed, or whose system calls fail, at every step: a failed create takes everything back, what a
# killed one leaves is cleared by `delete --force`, and no failure lets a program run without its confinement.
# The same on any kernel: not repeated in the VM, where verity.sh and images.sh try what a killed command leaves of devices.
# shellcheck disable=SC2154 # work comes from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
# shellcheck disable=SC2154 # work comes from node
configure
enforce || { not_ok measure 'the node has no policy'; finish; }
box_bundle box
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
  skip crash 'no strace'
  finish
fi

# How many places are tried, out of all: the emulated VM takes ten times as long.
places=40
[[ ${WARD_VM:-} != 1 ]] || places=4

# traced OPTION... -- COMMAND...: the command under strace, within bounds of time.
traced() { { timeout -k 1 20 strace -o "$work/trace" "$@" </dev/null >"$work/out" 2>&1; } 2>/dev/null; }

# calls VERB...: how many system calls a command makes itself.
calls() {
  traced ward "$@"
  grep -c '^[a-z_0-9]*(' "$work/trace"
}

# killed NAME CALLS COMMAND...: a command is killed at many of its system calls; each time everything can be cleared.
# `before` and `after` are what makes and ends the container, where the command itself does not.
before=: after=:
killed() {
  local name=$1 all=$2 call step left wrong='' output
  shift 2
  step=$((all / places + 1))
  for ((call = 1; call <= all; call += step)); do
    $before
    traced --signal=none -e trace=all -e "inject=all:signal=KILL:when=$call" ward "$@"
    $after
    output=$(timeout 20 ward delete --force box 2>&1) || wrong+="call $call: delete: $output; "
    left=$(gone box)
    [[ -z $left ]] || wrong+="call $call: left: ${left//$'\n'/ }; "
    [[ -z $wrong ]] || break
  done
  same "$name killed at any call is cleared" '' "$wrong"
}

make_box() { ward create --bundle "$work/box" box </dev/null >/dev/null 2>&1; }
start_box() { make_box && ward start box; }
# A start that is killed when its program may already run: the container is not taken for one that waits.
make_box
traced --signal=none -e trace=unlinkat -e inject=unlinkat:signal=KILL:when=1 ward start box
for ((try = 0; try < 100; try++)); do [[ $(ward state box | jq -r .status) == running ]] || sleep 0.02; done
same 'start killed before it removes the socket: the container runs' running "$(ward state box | jq -r .status)"
refuses 'and is not started again' WARD-LIFECYCLE ward start box
ward delete --force box

all=$(calls create --bundle "$work/box" box)
ward delete --force box
killed create "$all" create --bundle "$work/box" box
before=make_box
killed start "$(make_box; calls start box; ward delete --force box)" start box
before=start_box
killed exec "$(start_box; calls exec box /bin/facts; ward delete --force box)" exec box /bin/facts
killed delete "$(start_box; calls delete --force box)" delete --force box

# fails_with CALL ERROR: the container's own process, or the command, cannot make this call: there is no container, and
# its program did not run.
fails_with() {
  local status=0 left
  traced -f --signal=none -e trace="$1" -e "inject=$1:error=$2${3:-}" ward run --bundle "$work/box" box || status=$?
  left=$(gone box)
  [[ $status == 1 ]] || left+=" status $status: $(cat "$work/out")"
  grep -q INJECTED "$work/trace" || left+=' the call was never made'
  same "$1 that fails with $2${3:-} leaves nothing" '' "$left"
  [[ -z $left ]] || ward delete --force box >/dev/null 2>&1
}
for call in clone3 mkdirat fsopen fsconfig fsmount open_tree move_mount mount_setattr pivot_root unshare setsid \
  keyctl setgroups setresgid setresuid capset seccomp fchdir close_range dup3 socketpair prlimit64 prctl; do
  fails_with "$call" EPERM
done
for call in fsopen clone3; do fails_with "$call" ENOMEM; done
for call in renameat2 mkdirat; do fails_with "$call" ENOSPC; done
fails_with write ENOSPC :when=1
fails_with write ENOSPC :when=2
fails_with write EIO :when=3

# died CALL: the container's process is killed by others on its way.
died() {
  local status=0 left
  traced -f --signal=none -e trace="$1" -e "inject=$1:signal=KILL" ward create --bundle "$work/box" box || status=$?
  left=$(gone box)
  [[ $status == 1 ]] || left+=" status $status: $(cat "$work/out")"
  same "a container's process that is killed at $1 leaves nothing" '' "$left"
  [[ -z $left ]] || ward delete --force box >/dev/null 2>&1
}
for call in setsid pivot_root capset; do died "$call"; done

check 'afterwards a container can be made' make_box
check 'and deleted' ward delete box
same 'nothing is left' '' "$(gone box; ls /run/ward/containers)"
check 'the record is whole' wardctl denials verify
finish
