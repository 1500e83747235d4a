#!/usr/bin/env bash
# What an admin does with the log of a node: list, explain, suggest, replay, count, export, follow, browse by keys, and a
# report in a real browser.
# The same on any kernel: not repeated in the VM.
# shellcheck disable=SC2016,SC2154 # work and checkout come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$checkout/Hack/lib/packages.sh"
if ! said=$(require_packages chromium chromium-driver tmux busybox-static 2>&1); then
  skip denials "${said//$'\n'/; }"
  finish
fi
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
configure
enforce || { not_ok measure 'the node has no policy'; finish; }
cd "$work" || exit 1

# deny NAME FILTER: a container with one mistake.
deny() {
  box_bundle "$1" "$2"
  ward create --bundle "$work/$1" "$1" </dev/null >"$work/out" 2>&1
}
deny preload '.process.env += ["LD_PRELOAD=/tmp/s3cr3t.so", "TOKEN=s3cr3t"]'
same message 'permission denied by policy attacked@1: create \"box\": WARD-ENV-UNEXPECTED at /process/env/1: expected no such variable, got LD_PRELOAD=<14 bytes>; 1 further violation; record 1' "$(sed 's/.* msg="\(.*\)"$/\1/' out)"
deny root '.process.user = {uid: 0, gid: 0}'
deny hook '.hooks = {prestart: [{path: "/bin/sh", env: ["KEY=s3cr3t"]}]}'
same no-secret-is-stored '' "$(grep -E 's3cr3t' /run/ward/decisions.jsonl*; jq -r '.request // "" | @base64d' /run/ward/decisions.jsonl | grep s3cr3t)"
same list '1 WARD-ENV-UNEXPECTED 2 WARD-USER 3 WARD-HOOKS' \
  "$(echo $(wardctl denials list --json | jq -r '.[] | "\(.sequence) \(.violations[0].code)"'))"
same list-by-code 2 "$(wardctl denials list --code user --json | jq -r '.[].sequence')"
same list-by-age '' "$(wardctl denials list --until 1d --json | jq -r '.[].sequence')"
same csv-has-a-line-for-each 4 "$(wardctl denials list --csv | wc -l)"
refuses list-with-a-wrong-time '--since: expected a time' wardctl denials list --since yesterday
check show sh -c 'wardctl denials show 1 | grep WARD-ENV-UNEXPECTED'
same show-request 'TOKEN=<6 bytes>' "$(wardctl denials show 1 --request | jq -r '.config.process.env[2]')"
check explain-has-a-caret sh -c "wardctl denials explain 1 --policy policy.yaml | grep -A 2 policy.yaml:11 | grep '\\^'"
check explain-a-code sh -c 'wardctl denials explain mount-missing | grep ^fix'
check explain-with-the-measured-policy sh -c 'wardctl denials explain 2 | grep WARD-USER'
exits() { local name=$1 status=$2 got=0; shift 2; "$@" >out 2>&1 || got=$?; same "$name" "$status" "$got"; }
exits suggest-needs-the-value 2 wardctl denials suggest 1 --policy policy.yaml
check suggest-says-how grep -q -e '--value LD_PRELOAD=VALUE' out
exits suggest 0 wardctl denials suggest 1 --policy policy.yaml --value LD_PRELOAD=/tmp/s3cr3t.so --value TOKEN=s3cr3t
same suggest-is-a-patch 'containers: box: env: LD_PRELOAD: /tmp/s3cr3t.so TOKEN: s3cr3t' "$(grep -v '^#' out | xargs)"
check suggest-also-says-what-lint-thinks grep -q "^# lint: " out
check suggest-has-the-difference grep -q '^# /containers/box/env/TOKEN: admitted' out
exits suggest-for-root 0 wardctl denials suggest 2 --policy policy.yaml
check suggest-has-lint-s-opinion grep -q "^# lint: LINT-ROOT" out
exits nothing-admits-hooks 1 wardctl denials suggest 3 --policy policy.yaml
check and-that-is-said grep -q "no change of this policy's text admits it" out
# Into the author's file: with its comments and permissions, and whole or not at all.
sed 's/^containers:/# What the team runs.\n&/' policy.yaml >written.yaml
chmod 640 written.yaml
ln -s written.yaml link.yaml
exits suggest-write 0 wardctl denials suggest 2 --policy link.yaml --write
check suggest-write-says-so grep -q '^# written to link.yaml' out
same suggest-write-keeps-comments 1 "$(grep -c '^# What the team runs.' written.yaml)"
same suggest-write-keeps-the-mode 640 "$(stat -c %a written.yaml)"
check suggest-write-keeps-the-link test -L link.yaml
exits suggest-write-admits 0 wardctl denials replay 2 --policy written.yaml
exits suggest-write-once 1 wardctl denials suggest 2 --policy written.yaml --write
cp written.yaml before.yaml
exits suggest-write-without-a-change 1 wardctl denials suggest 3 --policy written.yaml --write
check suggest-write-leaves-it cmp before.yaml written.yaml
exits suggest-an-entry-of-its-own 0 wardctl denials suggest 2 --policy policy.yaml --new-entry
check and-the-others-stay grep -q '^  box-2:' out
sed 's/user: {uid: 10001, gid: 10001}/user: {uid: 0, gid: 0}/' policy.yaml >root.yaml
exits replay-with-the-same-policy 1 wardctl denials replay 2 --policy policy.yaml
exits replay-with-a-new-one 0 wardctl denials replay 2 --policy root.yaml
exits replay-with-a-new-one-of-another 1 wardctl denials replay 1 --policy root.yaml
exits replay-of-nothing 3 wardctl denials replay 99 --policy root.yaml
same top 'WARD-ENV-UNEXPECTED WARD-HOOKS WARD-USER' "$(echo $(wardctl denials top --json | jq -r '.[].code' | sort))"
same stats '3 0' "$(wardctl denials stats --json | jq -r '"\(.denied) \(.admitted)"')"
same export-prometheus 'ward_denied_total 3' "$(wardctl denials export --format prometheus | grep '^ward_denied_total')"
same export-cef 3 "$(wardctl denials export --format cef --host node-1 | grep -c ' node-1 ward - deny - CEF:0|Ward|')"
same export-otlp 3 "$(wardctl denials export --format otlp | jq '.resourceLogs[0].scopeLogs[0].logRecords | length')"
check from-events sh -c 'ward create --bundle root box 2>&1 </dev/null | wardctl denials from-events | grep "WARD-USER at /process/user/uid"'
for verb in list show explain top tail stats verify replay suggest from-events export report browse codes; do
  check "help-$verb" sh -c "wardctl denials $verb --help | grep USAGE"
done

# Followed while it grows.
timeout 20 wardctl denials tail --follow --number 1 --json >followed & follower=$!
for _ in {1..100}; do [[ ! -s followed ]] || break; sleep 0.1; done
deny pause '.process.cwd = "/nowhere"'
for _ in {1..100}; do [[ $(wc -l <followed) -lt 2 ]] || break; sleep 0.1; done
kill "$follower"
wait "$follower" 2>/dev/null
same tail-follows 'WARD-USER WARD-CWD' "$(echo $(jq -r '.violations[0].code' followed))"

# By keys, at 80 columns, over a live log.
screen() { tmux -S "$work/tmux" capture-pane -p -t view; }
keys() { tmux -S "$work/tmux" send-keys -t view "$@"; sleep 0.6; }
shows() { for _ in {1..60}; do screen | grep -q -e "$2" && { ok "$1"; return; }; sleep 0.1; done; not_ok "$1" "$(screen | tr '\n' '|')"; }
tmux -S "$work/tmux" -f /dev/null new-session -d -s view -x 80 -y 24 "PATH='$PATH' wardctl denials browse"
shows browse-lists 'WARD-CWD /process/cwd'
same browse-fits-80-columns '' "$(screen | awk 'length > 80')"
deny live '.process.noNewPrivileges = false'
shows browse-follows 'WARD-NO-NEW-PRIVILEGES'
keys j Enter
shows browse-opens 'expected  "/"'
shows browse-says-what-to-do 'fix       Set workingDir'
keys q / h o o k s Enter
shows browse-searches '1 of 6 records, following, with "hooks"'
keys Escape t
shows browse-counts 'COUNT     RECORD   CODE'
keys q '?'
shows browse-helps 'g G, Home End'
keys q q
sleep 0.5
same browse-ends '' "$(tmux -S "$work/tmux" list-sessions 2>/dev/null)"
refuses browse-needs-a-terminal 'browse needs a terminal' wardctl denials browse

# To a socket, and to journald: nobody waits, and what was not taken is sent when it is.
cp /etc/ward/ward.json measured.json
jq '. + {decisionLog: {ship: ["journald", "unix:/run/sink"]}}' measured.json >/etc/ward/ward.json
exits ship-without-a-sink 1 wardctl denials ship --once
check and-says-which grep -q '^unix:/run/sink: ' out
receive() {
  mkdir -p "$(dirname "$1")"
  timeout 20 python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); s.settimeout(10)
open(sys.argv[2] + ".bound", "w")
with open(sys.argv[2], "wb") as f:
    for _ in range(6): f.write(s.recv(1 << 20)); f.flush()' "$1" "$2" & receivers+=($!)
  for _ in {1..100}; do [[ ! -e $2.bound ]] || return; sleep 0.1; done
}
receivers=()
receive /run/sink taken
receive /run/systemd/journal/socket journal
exits ship 0 wardctl denials ship --once
wait "${receivers[@]}"
same ship-sends-each-record '1 2 3 4 5 6' "$(echo $(jq .sequence taken))"
same ship-keeps-the-command-here '' "$(jq --raw-output '.request // empty' taken)"
same ship-to-journald 6 "$(grep -c '^SYSLOG_IDENTIFIER=ward$' journal)"
same ship-has-fields-for-journald 2 "$(grep -c '^WARD_CODE=WARD-USER$' journal)"
exits ship-sends-once 0 wardctl denials ship --once
# ward obeys the configuration of the boot alone.
cp measured.json /etc/ward/ward.json

# A flood: lines of their own for the first, a count for the others.
for ((number = 0; number < 130; number++)); do ward create --bundle "$work/root" flood </dev/null >/dev/null 2>&1; done
total=$(wardctl denials list --json | jq length)
check flood-is-counted test "$total" -le 110
check checkpoint wardctl attest checkpoint
same flood-loses-no-count 136 "$(wardctl denials stats --json | jq .deniedSinceTheBeginning)"
check flood-is-verified wardctl denials verify --pcr
cp /run/ward/decisions.jsonl copy.jsonl
same verify-a-copy 'true' "$(wardctl denials verify --log copy.jsonl --json | jq .whole)"
head -n 50 copy.jsonl >/run/ward/decisions.jsonl
refuses a-log-that-was-cut 'which a checkpoint holds' wardctl denials verify --pcr
cp copy.jsonl /run/ward/decisions.jsonl

check report wardctl denials report --output report.html
if ! python3 "$checkout/Tests/KernelTests/report.py" report.html "${WARD_SCREENSHOTS:-$work/screenshots}" >looked 2>&1; then
  not_ok report-in-a-browser "$(tail -n 3 looked | tr '\n' ';')"
fi
sed -n 's/^\(ok\|not ok\) /\1 report-/p' looked

# Where the decision cannot be recorded nothing is done.
box_bundle box
rm /run/ward/decisions.jsonl
mkdir /run/ward/decisions.jsonl
refuses no-log-no-container 'decision log' ward create --bundle "$work/box" box
same and-nothing-is-made '' "$(ls /run/ward/containers 2>/dev/null)"
finish
