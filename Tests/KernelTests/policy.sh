#!/usr/bin/env bash
# wardctl policy on real files: the digest is that of the file, a failure leaves the old bundle, messages have places.
# The same on any kernel: not repeated in the VM.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
cd "$work" || exit 1
cp "$checkout"/Manifests/policies/*.yaml "$checkout/Tests/PolicyAuthoringTests/Fixtures/images.lock" .

for name in busybox inference conformance; do
  digest=$(wardctl policy compile -o "$name.json" "$name.yaml" 2>messages | sed -n 's/^digest: sha256://p')
  same "the digest of $name is that of its file" "$(sha256sum "$name.json" | cut -d' ' -f1)" "$digest"
  same "$name printed is $name written" "$(sha256sum <"$name.json")" \
    "$(wardctl policy compile -o - "$name.yaml" 2>messages | sha256sum)"
  check "$name can be inspected" wardctl policy inspect "$name.json"
done

check "examples are without errors" wardctl policy check busybox.yaml inference.yaml conformance.yaml
sed 's/version: 1/version: 2/' busybox.yaml >other-version.yaml
wardctl policy compile -o other-version.json other-version.yaml >/dev/null 2>&1
before=$(sha256sum <busybox.json)
sed 's/user:/usr:/' busybox.yaml >misspelt.yaml
refuses "a mistake has its place" 'misspelt.yaml:13:5: unknown key "usr", did you mean "user"?' \
  wardctl policy compile -o busybox.json misspelt.yaml
same "a mistake leaves the bundle as it was" "$before" "$(sha256sum <busybox.json)"
refuses "check fails on a mistake" 'did you mean "user"?' wardctl policy check misspelt.yaml
mkdir away && mv images.lock away
refuses "a lock file that is missing is named" "images.lock" wardctl policy compile busybox.yaml
check "another lock file can be named" wardctl policy compile --images away/images.lock -o other.json busybox.yaml
same "a lock file's place does not change the bundle" "$before" "$(sha256sum <other.json)"
wardctl policy compile --images away/images.lock --integrity memory -o memory.json busybox.yaml >/dev/null 2>&1
sed 's/^integrity:.*//; s/^images:/memoryLimit: 1Ki\n&/' busybox.yaml >small.yaml
refuses "images larger than the policy admits are not kept in memory" "expected images of at most 1024 bytes in memory" \
  wardctl policy compile --images away/images.lock --integrity memory -o small.json small.yaml
check "images can be kept in memory" grep -q '"integrity":"memory"' memory.json
refuses "a bundle that was touched is no bundle" "canonical form" \
  bash -c 'sed "s/:{/: {/" busybox.json >touched.json && wardctl policy inspect touched.json'
mkdir pods && cp "$checkout/Manifests/examples/nginx/manifest.yaml" pods
check "a policy is generated" wardctl policy generate pods/manifest.yaml --images away/images.lock -o pods/policy.yaml
check "what was generated names its lock file" grep -q '^images: ../away/images.lock$' pods/policy.yaml
check "what was generated compiles" wardctl policy compile -o pods.json pods/policy.yaml
sed -i 's/      automount.*/      hostNetwork: true/' pods/manifest.yaml
refuses "what a policy cannot express has its place" 'pods/manifest.yaml:40:20: hostNetwork: expected false' \
  wardctl policy generate pods/manifest.yaml --images away/images.lock -o pods/policy.yaml
# signing: parties sign, and openssl agrees.
signing() {
  local name all
  for name in alice bob carol; do
    openssl genpkey -algorithm "$([[ $name == carol ]] && echo ED25519 || echo EC)" \
      $([[ $name == carol ]] || echo -pkeyopt ec_paramgen_curve:P-256) -out "$name.pem" 2>/dev/null
    openssl pkey -in "$name.pem" -pubout -out "$name.pub.pem"
  done
  all=(--signer alice=alice.pub.pem --signer bob=bob.pub.pem --signer carol=carol.pub.pem)
  check "a bundle is signed" wardctl policy sign busybox.json --key alice.pem --name alice
  check "inspect: the signers are named" \
    bash -c 'wardctl policy inspect busybox.json | grep -q "^  signed by  alice by their own word"'
  refuses "inspect: signatures of another bundle are none" "the signatures are those of another bundle" \
    wardctl policy inspect other-version.json --signature busybox.json.dsse
  refuses "one of three is not two of three" "found 1 (alice); not signed: bob, carol" \
    wardctl policy verify busybox.json --require 2 "${all[@]}"
  check "another party signs" wardctl policy sign busybox.json --key carol.pem --name carol
  same "two of three are" "busybox.json: signed by 2 of 3, alice, carol" \
    "$(wardctl policy verify busybox.json --require 2 "${all[@]}")"
  refuses "another bundle is not what was signed" "the signatures are those of another bundle" \
    wardctl policy verify other-version.json --signature busybox.json.dsse --require 1 "${all[@]}"
  refuses "signatures of two bundles do not mix" "the signatures are those of another bundle" \
    wardctl policy sign other-version.json -o busybox.json.dsse --key bob.pem --name bob
  jq -j '"DSSEv1 \(.payloadType | length) \(.payloadType) "' busybox.json.dsse >signed
  printf '%s ' "$(stat -c %s busybox.json)" >>signed
  cat busybox.json >>signed
  jq -r '.signatures[] | select(.keyid == "alice") | .sig' busybox.json.dsse | base64 -d >alice.sig
  check "openssl finds the same signature good" openssl dgst -sha256 -verify alice.pub.pem -signature alice.sig signed
}
if command -v openssl >/dev/null; then signing; else skip signing 'openssl is not installed'; fi
# exits NAME STATUS COMMAND...: the command ends with that status.
exits() {
  local name=$1 expected=$2 status=0
  shift 2
  "$@" >messages 2>&1 || status=$?
  if ((status == expected)); then ok "$name"; else not_ok "$name" "status $status: $(head -c 500 messages)"; fi
}
mv away/images.lock .
sed '/MODEL_THREADS/s/16/99/' inference.yaml >wider.yaml
exits "diff: a policy and its bundle are equal" 0 wardctl policy diff inference.yaml inference.json
exits "diff: more is wider" 2 wardctl policy diff inference.yaml wider.yaml
check "diff: what is newly admitted has its field" \
  grep -q '^/containers/embed/env/MODEL_THREADS: newly admitted$' messages
exits "diff: less is narrower" 1 wardctl policy diff wider.yaml inference.yaml
exits "diff: what cannot be read is neither" 3 wardctl policy diff inference.yaml misspelt.yaml
embed=$checkout/Manifests/policies/cases/embed.json
exits "explain: what is admitted" 0 wardctl policy explain inference.json "$embed"
jq '.process.env += ["LD_PRELOAD=/x"]' "$embed" >preload.json
exits "explain: what is denied" 1 wardctl policy explain inference.json preload.json
check "explain: the near miss has its pointer" grep -q 'WARD-ENV-UNEXPECTED at /process/env/' messages
# learn: containers run under a policy that audits, and what was learned of them enforces.
learning() {
  # shellcheck source=enforced.sh
  source "$checkout/Tests/KernelTests/enforced.sh"
  configure
  compile_box || return 1
  sed -e '/^kind/a mode: audit' -e 's|/bin/sleep, "1000"|/bin/true|' -e '/scratch/d' policy.yaml >audit.yaml
  wardctl policy compile -o audit.json audit.yaml && wardctl measure --bundle audit.json || return 1
  local job
  for job in 1 22; do
    box_bundle "job$job" '.process.args = ["/bin/sleep", "'"$job"'0"] |
      .process.env += ["JOB=/jobs/'"$(cat /proc/sys/kernel/random/uuid)"'"]'
    cp -a root/. "job$job/rootfs"
    ward create --bundle "job$job" "job$job" && ward start "job$job" || return 1
    ward exec "job$job" /bin/cat /etc/test && ward kill "job$job" KILL && ward delete --force "job$job" || return 1
  done
}
if learning >said 2>&1; then
  refuses "learn: an image that the log does not tell must be named" "name it by --image box=NAME" \
    wardctl policy learn --images images.lock --name learned --platform bare-1
  exits "learn: from what a node has seen" 0 \
    wardctl policy learn --images images.lock --image box=box --name learned --platform bare-1 -o learned.yaml
  check "learn: what it made of several values is told" \
    grep -qxF '/containers/box/env/JOB: 2 values, {pattern: "/jobs/{uuid}"}' messages
  same "learn: nothing is wider than that" '["/bin/sleep",{"range":[10,220]}] {"cat":["/bin/cat","/etc/test"]} [9] 1' \
    "$(wardctl policy compile -o - learned.yaml 2>/dev/null |
      jq -c '.containers.box | .args, (.exec | map_values(.args)), .signals, .instances // 1' | tr '\n' ' ' | sed 's/ $//')"
  exits "learn: what was learned compiles" 0 wardctl policy compile -o learned.json learned.yaml
  exits "learn: and is formatted" 0 wardctl policy fmt --check learned.yaml
  for job in 1 22; do
    exits "learn: what was seen is admitted ($job)" 0 \
      wardctl policy explain --id "job$job" learned.json "job$job/config.json"
  done
  jq '.process.args[1] = "221"' job22/config.json >changed.json
  exits "learn: what was not is denied" 1 wardctl policy explain --id job22 learned.json changed.json
  exits "explain: a record of an audit holds the command" 0 wardctl policy explain learned.json 1
  check "explain: so that each entry says what it thinks of it" grep -q '^box: admits it' messages
  exits "explain: an exec on record, too" 0 wardctl policy explain learned.json 3
  exits "explain: by another policy" 1 wardctl policy explain --images images.lock policy.yaml 1
  check "explain: with the near miss" grep -q 'WARD-ARGS at /process/args/1' messages
else
  not_ok "learn: containers run under a policy that audits" "$(<said)"
fi
cp "$checkout/Tests/PolicyAuthoringTests/Fixtures/images.lock" .
check "shells complete the commands" bash -c '
  script=$(wardctl --generate-completion-script bash)
  for name in fmt inspect learn; do [[ $script == *"_wardctl_policy_$name()"* ]] || exit 1; done'
printf '# kept\r\napiVersion: ward/v1\r\nkind: Policy\r\nmetadata: {version: 1, name: a} # too\r\nmode: conformance\r\n' >crlf.yaml
same "fmt: lines end as in other files" "$(printf '%s\n' '# kept' 'apiVersion: ward/v1' 'kind: Policy' \
  'metadata: {name: a, version: 1} # too' 'mode: conformance')" "$(wardctl policy fmt crlf.yaml)"
exits "test: the cases of the examples" 0 \
  wardctl policy test --junit junit.xml inference.yaml "$checkout/Manifests/policies/inference.case.yaml"
check "test: the report is XML" python3 -c 'import xml.dom.minidom as dom; dom.parse("junit.xml")'
exits "test: a case that is not as expected" 1 \
  wardctl policy test busybox.yaml "$checkout/Manifests/policies/inference.case.yaml"
exits "compile: warnings are no failures" 0 wardctl policy compile -o busybox.json busybox.yaml
rm -f strict.json
exits "compile: with --warnings-as-errors they are" 1 \
  wardctl policy compile --warnings-as-errors -o strict.json busybox.yaml
check "compile: what was a warning is told as an error" grep -q '^busybox.yaml:13:5: the process runs as root' messages
check "compile: no bundle is written then" test ! -e strict.json
exits "compile: hints are no warnings" 0 wardctl policy compile --werror -o strict.json inference.yaml
exits "compile: the warnings are told also where the bundle is printed" 0 wardctl policy compile -o - busybox.yaml
check "compile: on the standard error" grep -q 'warning: the process runs as root' messages
same "inspect: its text fits a terminal" '' "$(wardctl policy inspect inference.json | awk 'length > 80')"
same "inspect: what is open is told to programs" '/containers/embed/env/MODEL_THREADS' \
  "$(wardctl policy inspect --json inference.json | jq -r '.open[0].pointer')"
same "inspect: so is what is dangerous in a filter" '{"x86_64":[],"aarch64":[]}' \
  "$(wardctl policy inspect --json inference.json | jq -c '.seccomp.inference | map_values(.dangerous)')"
exits "fmt: the examples are formatted" 0 wardctl policy fmt --check busybox.yaml inference.yaml
sed 's/^    user:.*/    user: {gid: 0, uid: 0}   # root/' busybox.yaml >unformatted.yaml
cp unformatted.yaml untouched.yaml
exits "fmt: with --check what would change is a failure" 1 wardctl policy fmt --check --diff busybox.yaml unformatted.yaml
check "fmt: and is named, with the lines" \
  bash -c 'grep -qx unformatted.yaml messages && grep -qFx "+    user: {uid: 0, gid: 0} # root" messages'
same "fmt: the standard input is a policy too" "$(wardctl policy fmt unformatted.yaml)" \
  "$(wardctl policy fmt - <unformatted.yaml)"
check "fmt: nothing was written" cmp unformatted.yaml untouched.yaml
chmod 640 unformatted.yaml
ln -s unformatted.yaml link.yaml
exits "fmt: a policy is written back" 0 wardctl policy fmt -w link.yaml
same "fmt: a link stays one, and the file's mode what it was" "symbolic link 640" \
  "$(stat -c %F link.yaml) $(stat -c %a unformatted.yaml)"
exits "fmt: once is enough" 0 wardctl policy fmt --check link.yaml
same "fmt: the bundle is the same" "$(wardctl policy compile -o - untouched.yaml 2>/dev/null | sha256sum)" \
  "$(wardctl policy compile -o - unformatted.yaml 2>/dev/null | sha256sum)"
exits "fmt: a mistake is told, and nothing is written" 3 wardctl policy fmt -w misspelt.yaml
check "fmt: as compile tells it" grep -q 'misspelt.yaml:13:5: unknown key "usr", did you mean "user"?' messages
exits "lint: warnings are no failures" 0 wardctl policy lint busybox.yaml
exits "lint: with --strict they are" 1 wardctl policy lint --strict busybox.yaml
same "no file is left beside the bundles" "" "$(ls -A | grep -F .new)"

# The tutorial's commands, exactly as they are printed.
mkdir tutorial && cd tutorial || exit 1
python3 "$checkout/Tests/KernelTests/tutorial.py" "$checkout/Manifests/policies/TUTORIAL.md" || failed=1
finish
