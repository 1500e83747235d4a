#!/usr/bin/env bash
# The pods of Manifests/examples under containerd 2, each under its own policy, measured: their images are built, the
# policy is generated from the manifest, a kubelet of our own (kubelet.py) asks containerd for the pod, and somebody uses
# the service. WARD_CAPTURE=DIR keeps the config.json files that containerd writes.
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317 # names come from node; check_here calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/peers.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/examples.sh"
engine examples containerd containernetworking-plugins python3-grpcio python3-yaml curl
if ! newest=$(peer_programs sid containerd 2>&1); then
  skip examples "${newest//$'\n'/; }"
  finish
fi
PATH=${newest##*$'\n'}:$PATH
node "$@"
source "$checkout/Tests/KernelTests/containerd-cri.sh"
examples=$checkout/Manifests/examples
uid=3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3
if ! built=$(example_images "$(command -v wardctl)" 2>"$work/said"); then
  not_ok examples "the images could not be built: $(tail -n 3 "$work/said" | tr '\n' ';')"
  finish
fi
images=$built/images

# import_images: into containerd, under the references of the lock file.
import_images() {
  local name reference
  tar --directory "$built/layout" --create --file "$work/layout.tar" .
  ctr --namespace k8s.io image import --base-name localhost/example "$work/layout.tar" || return
  while read -r name reference; do
    ctr --namespace k8s.io image tag "localhost/example:$name" "$reference" &&
      ctr --namespace k8s.io image remove "localhost/example:$name" || return
  done < <(jq --raw-output '.images | to_entries[] | "\(.key) \(.value.references[]?)"' "$built/images.lock")
}

# keep ID NAME: the file that containerd wrote.
keep() {
  [[ -z ${WARD_CAPTURE:-} ]] || install -D --mode=644 \
    "/run/containerd/io.containerd.runtime.v2.task/k8s.io/$1/config.json" "$WARD_CAPTURE/$example/cases/$2.json"
}
in_work() (cd "$work" && "$@")
# author NAME: what its author does.
author() {
  cp "$examples/$1/manifest.yaml" "$built/images.lock" "$work/"
  check "$name/generate" in_work wardctl policy generate manifest.yaml --images images.lock --output policy.yaml
  check "$name/the-policy-is-the-example" diff "$examples/$1/policy.yaml" "$work/policy.yaml"
  check "$name/cases" in_work wardctl policy test policy.yaml "$examples/$1/policy.case.yaml"
}
# example NAME POLICY: the pod runs under its policy.
example() {
  local name=$1 container kind
  example=$1
  policy=$2
  declare -gA boxes=()
  # The same on any kernel.
  [[ -n ${WARD_VM:-} ]] || author "$1"
  boot "$examples/$1/policy.yaml" --images "$built/images.lock" --integrity "$integrity"
  requests=$(pod "$1")
  check_here "$name/pod" run_sandbox
  while read -r container kind; do
    check_here "$name/$container" run "$container" "$kind"
  done < <(jq --raw-output '.containers[] | "\(.name) \(.kind)"' <<<"$requests")
}
# ask ARGUMENT...: a program that has started need not listen yet.
ask() { curl --silent --show-error --max-time 60 --retry 30 --retry-delay 1 --retry-connrefused "$@" 2>&1; }
stop_example() {
  for box in "${boxes[@]}"; do check_here "$1/stop" stop_container; done
  check_here "$1/remove" remove_pod
  same "$1/no-state" '' "$(ls /run/ward/containers)"
}

busybox_image
pause_image
start_containerd config-2.toml
check_here import import_images

example nginx web@1
same nginx/page '<title>Welcome to nginx!</title>' "$(ask "http://$ip:8080/" | grep '<title>')"
same nginx/cache 'MISS HIT' "$(for _ in 1 2; do ask --include "http://$ip:8080/cached/"; done |
  tr -d '\r' | sed -n 's/^X-Cache: //p' | xargs)"
denied nginx/another-configuration WARD-ARGS attack nginx '.args = ["-c", "/tmp/nginx.conf"]'

# Five broken pods, and an admin who has the cluster's events and nothing else.
# broken NAME CODE PLACE COMMAND...: refused; the event that kubelet makes of it says why, and what to do.
broken() {
  local name=$1 code=$2 place=$3 told
  shift 3
  if "$@" >"$work/said" 2>&1; then
    not_ok "$name" "$* was admitted"
    return
  fi
  jq --null-input --rawfile message "$work/said" '{kind: "List", items: [
    {kind: "Event", reason: "Pulled", involvedObject: {kind: "Pod", namespace: "default", name: "web"}, message: "Pulled"},
    {kind: "Event", reason: "Failed", type: "Warning", count: 3, lastTimestamp: "2026-11-21T10:00:00Z",
     involvedObject: {kind: "Pod", namespace: "default", name: "web"}, message: ("Error: " + $message)}]}' >"$work/events.json"
  told=$(wardctl denials from-events --json <"$work/events.json" |
    jq --raw-output '.[] | "\(.pod) \(.count) \(.code) \(.pointer | gsub("/[0-9]+"; "/N"))"')
  same "$name" "default/web 3 $code $place" "$told"
  check "$name/what-to-do" sh -c "wardctl denials from-events <'$work/events.json' | grep -A 2 '^    fix  '"
  number=$(wardctl denials from-events --json <"$work/events.json" | jq '.[0].record')
  same "$name/on-record" "$code" "$(wardctl denials show "$number" --json | jq --raw-output '.violations[0].code')"
}
# broken_pod FILTER: the container once more, changed; containerd keeps the names of those that did not start.
attempt=1
broken_pod() {
  create nginx "$1 | .metadata.attempt = $((++attempt))" && call StartContainer "{\"container_id\": \"$box\"}"
}
other=$(jq --raw-output '[.images[].references[]?] | map(select(contains("nginx") | not)) | first' "$built/images.lock")
broken broken/changed-image WARD-IMAGE-REFERENCE /annotations/io.kubernetes.cri.image-name \
  broken_pod ".image.image = \"$other\""
broken broken/extra-variable WARD-ENV-UNEXPECTED /process/env/N \
  broken_pod '.envs += [{key: "LD_PRELOAD", value: "/tmp/x.so"}]'
check broken/extra-variable/explained sh -c \
  "wardctl denials explain $number --policy '$examples/nginx/policy.yaml' --images '$built/images.lock' | grep '      *^'"
same broken/extra-variable/secret-is-not-there '' "$(grep -F /tmp/x.so /run/ward/decisions.jsonl)"
same broken/extra-variable/suggested '      LD_PRELOAD: /tmp/x.so' "$(wardctl denials suggest "$number" \
  --policy "$examples/nginx/policy.yaml" --images "$built/images.lock" --value LD_PRELOAD=/tmp/x.so | grep LD_PRELOAD: | head -n 1)"
# containerd puts a file of its own in place of the one that kubelet did not name.
broken broken/missing-mount WARD-MOUNT-SOURCE /mounts/N/source \
  broken_pod '.mounts |= map(select(.container_path != "/etc/hosts"))'
box=${boxes[nginx]}
broken broken/shell WARD-EXEC-UNKNOWN /args exec_in sh -c id
cp /run/ward/policy.json "$work/measured.json"
sed -i 's/"enforce"/"audit"/' /run/ward/policy.json
broken broken/altered-policy WARD-PCR-MISMATCH '' broken_pod .
cp "$work/measured.json" /run/ward/policy.json
check broken/checkpoint wardctl attest checkpoint
check broken/nothing-was-cut wardctl denials verify --pcr
stop_example nginx

example sidecar api@1
token='Authorization: Bearer hvs.CAESIJ'
# What the proxy says before the server listens is no answer.
check_here sidecar/listens ask --fail --output /dev/null --header "$token" "http://$ip:443/cgi-bin/api/about"
same sidecar/through-the-proxy '{"tier": "backend", "logLevel": "info", "memoryMiB": 512, "checked": true}' \
  "$(ask --header "$token" "http://$ip:443/cgi-bin/api/about")"
same sidecar/not-without-the-token '401 Unauthorized' "$(ask "http://$ip:443/cgi-bin/api/about")"
denied sidecar/another-upstream WARD-ENV-VALUE \
  attack proxy '(.envs[] | select(.key == "UPSTREAM")).value = "http://203.0.113.5"'
box=${boxes[api]}
check_here sidecar/drain exec_in /api drain
same sidecar/drained '0 drained' "$(of '"\(.exit_code) \(.stdout)"' | xargs)"
stop_example sidecar

if [[ -e $checkout/.build-quickstart/images.lock ]]; then
  example inference embeddings@1
  same inference/similarity 0.666 "$(ask --json '{"sentences":["The weather is lovely today.","It'"'"'s so sunny outside!"]}' \
    "http://$ip:8080/v1/similarity" | jq '.similarity[0][1] * 1000 | round / 1000')"
  denied inference/another-model WARD-MOUNT attack embed '.mounts[0] = {container_path: "/model", host_path: "/tmp"}'
  stop_example inference
else
  skip inference 'its images have not been built (Hack/quickstart --prepare)'
fi
check denials-verify wardctl denials verify
finish
