#!/usr/bin/env bash
# Commands that come at the same time: what only one may have, one gets.
# shellcheck disable=SC2154 # work comes from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
# shellcheck disable=SC2154 # work comes from node
configure
rounds=5 width=4
[[ ${WARD_VM:-} != 1 ]] || rounds=2

# at_once COMMAND...: runs the command `width` times at the same time, with @ replaced by a number; the exit codes go to
# `codes`, in order of size, and what was said to `said`.
at_once() {
  local number part pids=() status
  codes='' said=''
  for ((number = 0; number < width; number++)); do
    timeout 60 "${@//@/$number}" </dev/null >"$work/said.$number" 2>&1 &
    pids+=($!)
  done
  for ((number = 0; number < width; number++)); do
    status=0
    wait "${pids[number]}" || status=$?
    codes+="$status"$'\n'
    part=$(cat "$work/said.$number")
    said+=${part:+$part$'\n'}
  done
  codes=$(sort <<<"${codes%$'\n'}" | tr '\n' ' ')
}
# only TEXT: lines of `said` that do not say so.
but() { grep -v -E "$1" <<<"${said%$'\n'}" | grep -v '^$'; }

compile_box 1 || { not_ok compile 'no policy'; finish; }
# Each finds nothing measured, or what it would measure itself.
at_once wardctl measure --bundle "$work/policy.json"
same 'measures at once: all have the one' '0 0 0 0 ' "$codes"
same 'and it is measured once' policy "$(wardctl attest log --json --check | jq -r '[.[].content.event] | join(" ")')"
# Had the others extended the PCR, no container could be made from here on.
for ((number = 0; number < width; number++)); do box_bundle "box$number"; done
for ((round = 0; round < rounds; round++)); do
  at_once ward create --bundle "$work/box@" box@
  same "creates of one instance at once: one wins ($round)" '0 1 1 1 ' "$codes"
  same "and the others are denied ($round)" '' "$(but 'WARD-INSTANCES')"
  same "one container is there ($round)" 1 "$(ward list -q | wc -l)"
  id=$(ward list -q)
  at_once ward start "$id"
  same "starts at once: one wins ($round)" '0 1 1 1 ' "$codes"
  same "and the others are told ($round)" '' "$(but 'cannot start an already running container|WARD-LIFECYCLE')"
  at_once ward exec "$id" /bin/facts
  same "execs at once ($round)" '0 0 0 0 ' "$codes"
  at_once ward delete --force "$id"
  same "deletes at once ($round)" '' "$(but 'does not exist')"
  same "nothing is left ($round)" '' "$(gone box0 box1 box2 box3)"
  at_once ward create --bundle "$work/box0" box0
  same "creates of one id at once: one wins ($round)" '0 1 1 1 ' "$codes"
  same "the others are told ($round)" '' "$(but 'already exists|WARD-INSTANCES|WARD-ID-TAKEN')"
  pid=$(ward state box0 | jq .pid)
  at_once bash -c 'case @ in
    0) ward delete --force box0 ;; 1) ward start box0 ;; 2) ward exec box0 /bin/facts ;; 3) ward kill box0 KILL ;; esac'
  ward delete --force box0
  same "everything at once: nothing is left ($round)" '' "$(gone box0)"
  same "nor the process ($round)" gone "$([[ -d /proc/$pid ]] && echo there || echo gone)"
  at_once bash -c 'case @ in 0 | 1) ward create --bundle "$1" box0 ;; 2 | 3) ward delete --force box0 ;; esac' - "$work/box0"
  ward delete --force box0
  same "create and delete at once: nothing is left ($round)" '' "$(gone box0)"
done
check 'the record is whole' wardctl denials verify
finish
