#!/usr/bin/env bash
# Each of Hack/bench measures all its runtimes and writes what it prints. No time is expected of anybody here.
# The same on any kernel: not repeated in the VM.
# shellcheck source=harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for program in crun runc busybox jq /usr/bin/time python3; do
  if ! command -v "$program" >/dev/null; then
    skip bench "$program is not installed"
    finish
  fi
done

# measures NAME CONTENDERS MEASURE...: the bench runs, has these measures of these contenders, and its table says what
# its figures are.
measures() {
  local name=$1 contenders=$2 table expected
  # shellcheck disable=SC2154 # checkout comes from the harness
  if ! table=$("$checkout/Hack/bench" "$name" --peers crun,runc --rounds 1 --json "$work/$name.json" 2>&1); then
    not_ok "$name" "${table//$'\n'/; }"
    return
  fi
  expected=$(printf '%s\n' "${@:3}" | jq --raw-input --slurp --compact-output --arg contenders "$contenders" '
    {measures: rtrimstr("\n") | split("\n"), contenders: ($contenders | split(" ")), complete: true}')
  same "$name" "$expected" "$(jq --compact-output '{
    measures: [.measures[].measure],
    contenders: (.measures[0].median_ms | keys_unsorted),
    complete: ([.measures[] | .median_ms, .ratio | .[]] | map(type == "number" and . > 0) | all)}' "$work/$name.json")"
  same "$name-prints-its-figures" \
    "$(jq --raw-output '.measures[].median_ms | map(. * 100 | round | tostring) | join(" ")' "$work/$name.json")" \
    "$(awk -v count="$(wc -w <<<"$contenders")" '
      NF == 0 { exit }
      NR > 1 {
        first = NF - 2 * count + 2
        for (i = first; i < first + count; i++) printf("%s%.0f", (i > first ? " " : ""), $i * 100)
        print ""
      }' <<<"$table")"
}

peers='ward ward@writable crun runc'
measures lifecycle "$peers" lifecycle run create start delete
measures verbs "$peers" create start state exec kill delete sum
measures exec "$peers" exec
measures startup "$peers" --version state
measures parallel "$peers" 'run --detach, 100' 'delete --force, 100'
same parallel-without-failures 0 "$(jq '[.measures[].failures[]] | add' "$work/parallel.json")"
measures cost 'enforcing reopened conformance' create start state exec kill delete sum
same cost-of-each-part \
  '["PCR check","gate","image closed each time - kept open, delete","image opened each time - kept open, create"]' \
  "$(jq --compact-output '.cost | keys | map(split(":")[0]) | unique
    - ["policy", "policy and image", "record, locks, decision"]' "$work/cost.json")"
same memory true "$(jq '.peak_memory_mib | map(. > 0) | all' "$work/verbs.json")"
finish
