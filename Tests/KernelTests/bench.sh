#!/usr/bin/env bash
# Hack/bench lifecycle measures all three runtimes and writes what it prints. No time is expected of anybody here.
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
# shellcheck disable=SC2154 # checkout comes from the harness
if ! table=$("$checkout/Hack/bench" lifecycle --rounds 2 --json "$work/bench.json" 2>&1); then
  not_ok bench "${table//$'\n'/; }"
  finish
fi
ok bench
figures=$(jq --compact-output '{
  rounds,
  measures: [.measures[].measure],
  complete: ([.measures[] | (.median_ms | .ward, .crun, .runc), (.ratio | .crun, .runc)]
    + [.peak_memory_mib | .ward, .crun, .runc] | map(type == "number" and . > 0) | all),
  told: (.caption | contains("keepImages"))}' "$work/bench.json")
same figures \
  '{"rounds":2,"measures":["lifecycle","run","create","start","delete"],"complete":true,"told":true}' "$figures"
lines=$(cut -d ' ' -f 1 <<<"$table" | head -n 7)
same table "$(printf '%s\n' median lifecycle run create start delete peak)" "$lines"
for measure in lifecycle run; do
  printed=$(awk -v name="$measure" '$1 == name { print $2, $3, $4 }' <<<"$table")
  same "table-and-figures-agree-on-$measure" "$printed" "$(jq -r --arg name "$measure" \
    '.measures[] | select(.measure == $name).median_ms | .ward, .crun, .runc' "$work/bench.json" |
    xargs printf '%.2f %.2f %.2f')"
done
finish
