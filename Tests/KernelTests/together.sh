#!/usr/bin/env bash
# Two processes open one image at the same moment, and close it, again and again: both get it, there is one device, and
# nothing of it is left in the end, in the kernel's memory neither.
# shellcheck disable=SC2154 # work, images and integrity come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
configure
enforce 2 || { not_ok measure 'the node has no policy'; finish; }
box_bundle one
box_bundle two

# both COMMAND...: runs it for both containers at the same time; how they ended is in `ends`.
both() {
  local first second
  "${@//@/one}" </dev/null >"$work/said.one" 2>&1 &
  first=$!
  "${@//@/two}" </dev/null >"$work/said.two" 2>&1
  second=$?
  wait "$first"
  ends="$? $second"
}
devices() {
  if [[ $integrity == memory ]]; then
    losetup --list --noheadings --output BACK-FILE | grep -cF "/memfd:$device"
  else
    cat /sys/block/dm-*/dm/name 2>/dev/null | grep -cxF "$device"
  fi
}
unreclaimable() { sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
device=ward-$(wardctl image inspect "$work/images.lock" box --json | jq -r .image.rootHash)

rounds=20 budget=600
# Without acceleration a round takes seconds; fewer than five tell nothing of memory that grows.
[[ -z ${WARD_VM:-} ]] || budget=45
bad='' done=0 before=0
end=$((SECONDS + budget))
while ((done < rounds && (done < 5 || SECONDS < end))); do
  both ward create --bundle "$work/@" @
  [[ $ends == '0 0' && $(devices) == 1 ]] ||
    bad+="round $done: create ended with $ends, $(devices) devices: $(cat "$work/said.one" "$work/said.two"); "
  both ward delete --force @
  [[ $ends == '0 0' ]] || bad+="round $done: delete ended with $ends: $(cat "$work/said.one" "$work/said.two"); "
  done=$((done + 1))
  ((done != 3)) || before=$(unreclaimable)
done
same "two-at-once-in-$done-rounds" '' "$bad"
same nothing-is-left '' "$(gone one two)"
grown=$(($(unreclaimable) - before))
# What a mount, a cgroup or a device holds of the kernel's memory is some KiB each; the machine has other work, too.
if ((grown < 8192)); then
  ok kernel-memory-is-given-back
else
  not_ok kernel-memory-is-given-back "$grown KiB more after $done rounds"
fi
finish
