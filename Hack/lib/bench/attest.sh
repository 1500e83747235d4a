# shellcheck shell=bash
# Sourced by Hack/bench on a private node: what measurement and attestation cost a node and a verifier, beside the same by
# tpm2-tools where they have it. Prints medians in ms of whole programs.
# shellcheck disable=SC2154 # work, tpm and checkout come from node

rounds=10 events=100000 json=
while (($#)); do
  case $1 in
    --events | --rounds | --json)
      (($# > 1)) || { echo "Hack/bench attest: $1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    *) echo "Hack/bench attest: unknown argument $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

# median COMMAND...: of all rounds, in ms. `before` makes each round ready.
before=:
median() {
  local round begin
  for ((round = 0; round < rounds; round++)); do
    $before >/dev/null
    begin=$EPOCHREALTIME
    "$@" </dev/null >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
    awk -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", (end - begin) * 1000 }'
  done | sort -n | sed -n "$(((rounds + 1) / 2))p"
}

results=()
# result MEASURE WARD [OTHER]
result() {
  results+=("$(jq -cn --arg measure "$1" --argjson ward "$2" --argjson other "${3:-null}" \
    '{measure: $measure, ward_ms: $ward, other_ms: $other, ratio: (if $other then $ward / $other else null end)}')")
}

cd "$work" || exit 1
boot() {
  reset_tpm
  rm -f /run/ward/*.json /run/ward/event.log
  # The tools look for a swtpm's control socket beside the other.
  ln -sf control "$work/tpm/socket.ctrl"
  configure
}
boot
export TPM2TOOLS_TCTI=swtpm:path=$work/tpm/socket
printf '{"apiVersion":"ward/v1","kind":"PolicyBundle","mode":"conformance","name":"bench","version":1}' >policy.json
head -c 32 /dev/urandom >challenge
head -c 64 /dev/urandom >secret

result 'version (start of the program alone)' "$(median wardctl --help)"
before=boot
result 'measure, at boot' "$(median wardctl measure --bundle policy.json)"
before=:
wardctl measure --lockdown >/dev/null
wardctl attest key create >/dev/null
wardctl attest key export --format pem --output ak.pem
result 'PCR check of bundle and event log' "$(median wardctl attest log --check)"
result 'quote with evidence (other: tpm2_quote alone)' \
  "$(median wardctl attest quote --challenge challenge --output evidence.json)" \
  "$(median tpm2_quote -Q -c 0x81010002 -l sha256:8,14 -q "$(xxd -p -c 64 challenge)" -m quote -s signature)"
verify() { wardctl attest verify "$1/evidence.json" --challenge "$1/challenge" --ak "$1/ak.pem" --bundle "$1/policy.json"; }
result 'verify, 2 events' "$(median verify .)"
mkdir long
python3 "$checkout/Hack/lib/bench/evidence.py" "$events" long
result "verify, $events events" "$(median verify long)"
result 'seal' "$(median wardctl attest seal --input secret --bundle policy.json --output sealed)"
result 'unseal' "$(median wardctl attest unseal sealed)"

printf '%s\n' "${results[@]}" | jq -s '{measures: .}' >"$work/result.json"
[[ -z $json ]] || cp "$work/result.json" "$json"
jq -r '["measure", "ward", "other", "ratio"], (.measures[] | [.measure, .ward_ms, .other_ms // "-",
  (if .ratio then (.ratio * 100 | round / 100) else "-" end)]) | @tsv' "$work/result.json" | column -t -s $'\t'
