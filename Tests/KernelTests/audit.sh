#!/usr/bin/env bash
# Hack/audit finds nothing: hardening of the programs, system calls of each verb within the reviewed lists, what ward's
# processes and a container's program hold.
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/node.sh"
# shellcheck disable=SC2154 # checkout comes from node.sh
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
  echo 'skip audit: no strace'
  exit 0
fi
report=$(mktemp)
output=$(mktemp)
status=0
"$checkout/Hack/audit" --json "$report" >"$output" 2>&1 || status=$?
findings=$(grep -c '^  ! ' "$output")
grep '^  ! ' "$output" | sed 's/^  ! /not ok audit: /'
if [[ $status != 0 && $findings == 0 ]]; then echo "not ok audit: exit status $status: $(tail -n 3 "$output" | tr '\n' ';')"; fi
if [[ $status == 0 ]]; then
  for name in ward ward-verity ward-gpu wardctl; do echo "ok audit: $name is hardened as it should be"; done
  for verb in $(jq -r '.verbs | keys[]' "$report"); do
    if (($(jq ".verbs[\"$verb\"].calls | length" "$report") > 10)); then
      echo "ok audit: $verb keeps to its system calls"
    else
      echo "not ok audit: $verb: nothing was traced"
      status=1
    fi
  done
  echo 'ok audit: processes of ward have one thread, no writable and executable memory, and nothing of the node open'
fi
rm -f "$report" "$output"
exit "$status"
