#!/usr/bin/env bash
# wardctl policy on real files: the digest is that of the file, a failure leaves the old bundle, messages have places.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
cd "$work" || exit 1
cp "$checkout"/Manifests/policies/*.yaml "$checkout/Tests/PolicyAuthoringTests/Fixtures/images.lock" .

for name in busybox inference conformance; do
  digest=$(wardctl policy compile -o "$name.json" "$name.yaml" 2>messages | sed -n 's/^digest: sha256://p')
  same "the digest of $name is that of its file" "$(sha256sum "$name.json" | cut -d' ' -f1)" "$digest"
  same "$name printed is $name written" "$(sha256sum <"$name.json")" \
    "$(wardctl policy compile -o - "$name.yaml" 2>messages | sha256sum)"
  check "$name can be shown" wardctl policy show "$name.json"
done

check "examples are without errors" wardctl policy check busybox.yaml inference.yaml conformance.yaml
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
check "images can be kept in memory" grep -q '"integrity":"memory"' memory.json
refuses "a bundle that was touched is no bundle" "canonical form" \
  bash -c 'sed "s/:1,/: 1,/" busybox.json >touched.json && wardctl policy show touched.json'
mkdir pods && cp "$checkout/Manifests/examples/nginx/manifest.yaml" pods
check "a policy is generated" wardctl policy generate pods/manifest.yaml --images away/images.lock -o pods/policy.yaml
check "what was generated names its lock file" grep -q '^images: ../away/images.lock$' pods/policy.yaml
check "what was generated compiles" wardctl policy compile -o pods.json pods/policy.yaml
sed -i 's/      automount.*/      hostNetwork: true/' pods/manifest.yaml
refuses "what a policy cannot express has its place" 'pods/manifest.yaml:33:20: hostNetwork: expected false' \
  wardctl policy generate pods/manifest.yaml --images away/images.lock -o pods/policy.yaml
same "no file is left beside the bundles" "" "$(ls -A | grep -F .new)"
finish
