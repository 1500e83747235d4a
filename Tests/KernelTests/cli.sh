#!/usr/bin/env bash
# The command line of ward as its callers know it: what is printed where, exit codes, records of failures. Nothing here
# needs a measured policy; what would need one is refused for the lack of it.
# The same on any kernel: not repeated in the VM.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
configure

# says NAME STATUS TEXT COMMAND...: the command ends with the status, its standard error holds the text, and nothing
# comes out on standard output.
says() {
  local name=$1 status=$2 text=$3 errors output actual=0
  shift 3
  output=$("$@" 2>"$work/errors") || actual=$?
  errors=$(<"$work/errors")
  if [[ $actual -ne $status ]]; then
    not_ok "$name" "expected status $status, got $actual: $errors"
  elif [[ $errors != *"$text"* ]]; then
    not_ok "$name" "expected \"$text\", got: $errors"
  elif [[ -n $output ]]; then
    not_ok "$name" "standard output: $output"
  else
    ok "$name"
  fi
}

# prints NAME PATTERN COMMAND...: the command succeeds, prints a text that matches, and no error.
prints() {
  local name=$1 pattern=$2 output
  shift 2
  if ! output=$("$@" 2>"$work/errors"); then
    not_ok "$name" "failed: $(<"$work/errors")"
  elif [[ -s $work/errors ]]; then
    not_ok "$name" "standard error: $(<"$work/errors")"
  elif [[ ! $output =~ $pattern ]]; then
    not_ok "$name" "expected $pattern, got: $output"
  else
    ok "$name"
  fi
}

prints version '^ward version [0-9.]+'$'\n''commit: [^'$'\n'']+'$'\n''spec: 1\.3\.0'$'\n''libseccomp: ' ward --version
prints version-short '^ward version ' ward -v
prints help 'Commands:.*create.*delete' ward --help
prints help-without-arguments 'Commands:' ward
prints help-of-a-verb 'ward \[GLOBAL FLAG...\] kill \[FLAG...\] ID \[SIGNAL\].*-a, --all' ward kill --help
prints help-as-a-verb 'ward exec - ' ward help exec
prints help-of-help 'Commands:' ward help help
for verb in $(ward --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]\+\) .*/\1/p'); do
  prints "help-of-$verb-with-an-example" "^ward $verb - .*Usage:.*Flags:.*Examples?:"$'\n'"  .*ward $verb" ward help "$verb"
  same "help-of-$verb-fits-a-terminal" '' \
    "$(ward help "$verb" | awk '/^Examples?:$/ { exit } length > 80')"
done
same verbs-without-a-use-say-so 1,1 "$(ward checkpoint --help >/dev/null; echo $?),$(ward restore -h >/dev/null; echo $?)"
prints list-empty '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$' ward list
prints list-json '^\[\]$' ward list --format=json
prints list-quiet '^$' ward list -q
check features-is-json sh -c 'ward features | jq --exit-status "
  .ociVersionMin == \"1.0.0\" and .ociVersionMax == \"1.3.0\" and .linux.cgroup.v1 and .linux.cgroup.v2
  and .linux.seccomp.enabled and (.linux.namespaces | length) == 8 and (.mountOptions | index(\"rro\") != null)
  and (.linux.capabilities | index(\"CAP_SYS_ADMIN\") != null) and (.hooks | length) == 6"'

says unknown-command 3 "No help topic for 'frobnicate'" ward frobnicate
says unknown-flag 1 'flag provided but not defined: -frob' ward --frob list
says unknown-flag-of-a-verb 1 'flag provided but not defined: -frob' ward create --frob x
says no-value 1 'flag needs an argument: -bundle' ward create --bundle
says no-id 1 'container id cannot be empty' ward state
says bad-id 1 'invalid container ID format' ward state a/b
says state-of-none 1 'container does not exist' ward state none
says start-of-none 1 'container does not exist' ward start none
says kill-of-none 1 'container does not exist' ward kill none 9
says exec-in-none 255 'container does not exist' ward exec none true
says delete-of-none 1 'container does not exist' ward delete none
prints delete-by-force-of-none '^$' ward delete --force none
says ps-of-none 1 'container does not exist' ward ps none
says checkpoint-is-refused 1 'checkpoint \"x\": permission denied: nothing of a container' \
  ward checkpoint --image-path "$work/i" --work-path "$work/w" --leave-running --tcp-established --file-locks x
says restore-is-refused 1 'restore \"x\": permission denied: nothing of a container' \
  ward restore --bundle "$work" --pid-file "$work/p" --detach --image-path "$work/i" --no-subreaper x
says no-pivot 1 '--no-pivot is refused' ward create --no-pivot x
same nothing-is-made '' "$(ls /run/ward)"

says record-on-standard-error 1 'level=error msg="container does not exist"' ward state none
says record-as-json 1 '{"level":"error","msg":"container does not exist","time":"' ward --log-format json state none
says record-in-a-file 1 'container does not exist' ward --log "$work/log.json" --log-format=json state none
same one-record-in-the-file 'error container does not exist' "$(jq --raw-output '"\(.level) \(.msg)"' "$work/log.json")"
check record-has-a-time sh -c "date --date \"\$(jq --raw-output .time '$work/log.json')\""
ward --log "$work/log.txt" list >/dev/null
same no-record-without-failure no "$([[ -e $work/log.txt ]] && echo yes || echo no)"
echo 'root:x:0:0' >"$work/other"
ward --log "$work/other" state none 2>/dev/null
same no-record-in-another-file 'root:x:0:0' "$(<"$work/other")"
ln -s "$work/other" "$work/link"
ward --log "$work/link" state none 2>/dev/null
same no-record-through-a-link 'root:x:0:0' "$(<"$work/other")"

# A config.json to begin with: read by our own parser up to the decision, and never in place of another file.
for kind in '' --rootless; do
  mkdir -p "$work/spec$kind/rootfs"
  # shellcheck disable=SC2086 # no word where there is no flag
  prints "spec$kind" '^$' ward spec $kind --bundle "$work/spec$kind"
  says "spec$kind-can-be-read" 1 WARD-POLICY-MISSING ward create --bundle "$work/spec$kind" x
  says "spec$kind-replaces-nothing" 1 'File config.json exists. Remove it first' ward spec --bundle "$work/spec$kind"
done
check spec-like-that-of-runc sh -c 'cd "$1" && runc spec && jq --exit-status --null-input --slurpfile ours "$2" \
  --slurpfile other config.json "
  def shape: del(.ociVersion, .hostname, .process.capabilities.ambient) | .mounts |= map(.destination)
    | .linux.maskedPaths = [] | .linux.namespaces |= (map(select(.type != \"cgroup\")) | sort);
  (\$ours[0] | shape) == (\$other[0] | shape)"' sh "$(mktemp --directory --tmpdir="$work")" "$work/spec/config.json"
mkdir -p /etc/profile.d
says no-spec-among-the-files-of-the-node 1 'expected a directory rootfs beside it' ward spec --bundle /etc/profile.d
same no-spec-is-left no "$([[ -e /etc/profile.d/config.json ]] && echo yes || echo no)"
rm "$work/spec/config.json"
ln -s "$work/made-by-spec" "$work/spec/config.json"
says no-spec-through-a-link 1 'File config.json exists' ward spec --bundle "$work/spec"
same nothing-behind-the-link no "$([[ -e $work/made-by-spec ]] && echo yes || echo no)"

# What the bundle may be.
bundle=$work/bundle
mkdir "$bundle"
says no-config 1 'JSON specification file config.json not found' ward create --bundle "$bundle" x
echo '{"ociVersion":"1.0.2","ociVersion":"1.0.2"}' >"$bundle/config.json"
says duplicate-key 1 'config.json:1:23' ward create --bundle "$bundle" x
echo '{"ociVersion":"1.0.2","proces":{}}' >"$bundle/config.json"
says unknown-field 1 '/proces' ward create --bundle "$bundle" x
echo '{"ociVersion":"1.0.2"' >"$bundle/config.json"
says broken-config 1 'config.json:' ward create --bundle "$bundle" x
rm "$bundle/config.json"
echo '{"ociVersion":"1.0.2"}' >"$work/elsewhere"
ln -s "$work/elsewhere" "$bundle/config.json"
says linked-config 1 'config.json' ward create --bundle "$bundle" x
ln -f "$work/elsewhere" "$bundle/config.json"
says config-with-two-names 1 'expected a regular file with one name' ward create --bundle "$bundle" x
rm "$bundle/config.json"
mkfifo "$bundle/config.json"
says config-is-a-fifo 1 'expected a regular file' timeout 5 ward create --bundle "$bundle" x
rm "$bundle/config.json"
truncate --size 5M "$bundle/config.json"
says large-config 1 'file too large' ward create --bundle "$bundle" x
echo '{"ociVersion":"1.0.2"}' >"$bundle/config.json"
says no-bundle 1 'no such file or directory' ward create --bundle "$work/none" x

# Without a measured policy nothing is made, and the refusal is on record.
says no-policy 1 'permission denied: create \"x\": WARD-POLICY-MISSING' ward create --bundle "$bundle" x
says create-left-nothing 1 'container does not exist' ward state x
check refusal-is-on-record grep --quiet WARD-POLICY-MISSING /run/ward/decisions.jsonl

# What callers hand over beside arguments.
same closed-streams 1 "$(ward state none <&- >&- 2>&-; echo $?)"
prints swift-variables '^ward version' env SWIFT_BACKTRACE=enable=yes SWIFT_DEBUG_HELP=1 ward --version
finish
