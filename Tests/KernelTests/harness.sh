# shellcheck shell=bash
# Sourced by the kernel tests: a private node (Hack/lib/node.sh), and one line for each case.

set -uo pipefail
# shellcheck source=../../Hack/lib/node.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/node.sh"

failed=0
ok() { printf 'ok %s\n' "$1"; }
not_ok() {
  failed=1
  printf 'not ok %s: %s\n' "$1" "$2"
}
skip() { printf 'skip %s: %s\n' "$1" "$2"; }

# check NAME COMMAND...: the command succeeds.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$* failed: ${output//$'\n'/; }"; fi
}

# refuses NAME TEXT COMMAND...: the command fails and says TEXT.
refuses() {
  local name=$1 text=$2 output
  shift 2
  if output=$("$@" 2>&1); then
    not_ok "$name" "$* was admitted"
  elif [[ $output == *"$text"* ]]; then
    ok "$name"
  else
    not_ok "$name" "expected \"$text\", got: ${output//$'\n'/; }"
  fi
}

# same NAME EXPECTED ACTUAL
same() { if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "expected \"$2\", got \"$3\""; fi; }

# admit_all: the node as after a boot under the policy that admits every command.
# shellcheck disable=SC2154 # work and checkout come from node
admit_all() {
  configure
  if ! {
    wardctl policy compile --output "$work/policy.json" "$checkout/Manifests/policies/conformance.yaml"
    wardctl measure --bundle "$work/policy.json"
  } >"$work/said" 2>&1; then
    not_ok 'a policy that admits everything' "$(<"$work/said")"
    finish
  fi
}

# finish: the script's exit status.
finish() { exit "$failed"; }
