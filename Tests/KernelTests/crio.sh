#!/usr/bin/env bash
# The pods of Manifests/examples under CRI-O, each under its own policy, measured: the policy is generated from the manifest
# for the platform crio-1, a kubelet of our own (kubelet.py) asks CRI-O for the pod, and somebody uses the service. Debian
# has no package of CRI-O: it is the `crio` on PATH, or in the folder WARD_CRIO, with `pinns` beside it.
# WARD_CAPTURE=DIR keeps the config.json files that CRI-O writes.
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317 # names come from node; check_here calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/examples.sh"
programs=${WARD_CRIO:-$(dirname "$(command -v crio || echo /usr/bin/crio)")}
if [[ ! -x $programs/crio || ! -x $programs/pinns ]]; then
  skip crio "no crio and pinns in $programs: Debian has no package; WARD_CRIO names a folder that has them"
  finish
fi
engine crio conmon skopeo containernetworking-plugins python3-grpcio python3-yaml curl
node "$@"
examples=$checkout/Manifests/examples
uid=3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3
if ! built=$(example_images "$(command -v wardctl)" 2>"$work/said"); then
  not_ok crio "the images could not be built: $(tail -n 3 "$work/said" | tr '\n' ';')"
  finish
fi
images=$built/images

source "$checkout/Tests/KernelTests/crio-node.sh"

# keep ID NAME: the file that CRI-O wrote.
keep() {
  local file=/run/containers/storage/overlay-containers/$1/userdata/config.json
  [[ -z ${WARD_CAPTURE:-} || ! -e $file ]] || install -D --mode=644 "$file" "$WARD_CAPTURE/$example/$2.json"
}
# example NAME POLICY: the pod runs under its policy.
example() {
  local name=$1 container kind
  example=$1
  policy=$2
  declare -gA boxes=()
  cp "$examples/$1/manifest.yaml" "$built/images.lock" "$work/"
  check "$name/generate" wardctl policy generate "$work/manifest.yaml" --images "$work/images.lock" --platform crio-1 \
    --output "$work/policy.yaml"
  boot "$work/policy.yaml" --images "$built/images.lock" --integrity "$integrity"
  requests=$(pod "$1")
  check_here "$name/pod" run_sandbox
  while read -r container kind; do
    check_here "$name/$container" run "$container" "$kind"
  done < <(jq --raw-output '.containers[] | "\(.name) \(.kind)"' <<<"$requests")
}
ask() { curl --silent --show-error --max-time 60 --retry 30 --retry-delay 1 --retry-connrefused "$@" 2>&1; }
stop_example() {
  for box in "${boxes[@]}"; do check_here "$1/stop" stop_container; done
  check_here "$1/remove" remove_pod
  same "$1/no-state" '' "$(ls /run/ward/containers)"
}
# refused NAME CODE CONTAINER FILTER: another container that differs in one thing; CRI-O says why.
attempt=1
refused() { denied "$1" "$2" create "$3" "$4 | .metadata.attempt = $((++attempt))"; }

busybox_image
pause_image
check_here import import_images
check_here start start_crio
[[ -n $client ]] || finish
version=$(of .runtime_version)
echo "# CRI-O $version"

example nginx web@1
same nginx/page '<title>Welcome to nginx!</title>' "$(ask "http://$ip:8080/" | grep '<title>')"
check nginx/logs grep --quiet 'stdout F .*GET / HTTP' "/var/log/pods/web_web-66d9c4f8b5-k7z2d_$uid/nginx/0.log"
box=${boxes[nginx]:-}
# of_process FILE: of the container's first process.
of_process() { echo "/proc/$(as_crio state "$box" | jq .pid)/$1"; }
check nginx/root-is-the-verified-image grep --quiet ' / erofs ro' "$(of_process mounts)"
check_here nginx/statistics call ContainerStats "{\"container_id\": \"$box\"}"
denied nginx/shell WARD-EXEC-UNKNOWN exec_in sh -c id
denied nginx/more-memory WARD-LIMIT call UpdateContainerResources \
  "{\"container_id\": \"$box\", \"linux\": {\"memory_limit_in_bytes\": 536870912}}"
other=$(jq --raw-output '[.images[].references[]?] | map(select(contains("nginx") | not)) | first' "$built/images.lock")
refused nginx/another-configuration WARD-ARGS nginx '.args = ["-c", "/tmp/nginx.conf"]'
refused nginx/another-image WARD nginx ".image.image = \"$other\""
refused nginx/extra-variable WARD-ENV-UNEXPECTED nginx '.envs += [{key: "LD_PRELOAD", value: "/tmp/x.so"}]'
refused nginx/another-path WARD-ENV-VALUE nginx '.envs += [{key: "PATH", value: "/tmp"}]'
refused nginx/node-files WARD-MOUNT-UNEXPECTED nginx '.mounts += [{container_path: "/host", host_path: "/etc"}]'
cp /run/ward/policy.json "$work/measured.json"
sed -i 's/"enforce"/"audit"/' /run/ward/policy.json
refuses nginx/altered-policy WARD-PCR-MISMATCH create nginx '.metadata.attempt = 99'
cp "$work/measured.json" /run/ward/policy.json
stop_example nginx

if [[ $version =~ ^1\.([0-9]+)\. ]] && ((BASH_REMATCH[1] < 31)); then
  skip inference "CRI-O $version mounts no images as volumes"
elif [[ -e $checkout/.build-quickstart/images.lock ]]; then
  example inference embeddings@1
  same inference/similarity 0.666 "$(ask --json '{"sentences":["The weather is lovely today.","It'"'"'s so sunny outside!"]}' \
    "http://$ip:8080/v1/similarity" | jq '.similarity[0][1] * 1000 | round / 1000')"
  # The image's, which CRI-O puts behind another one.
  box=${boxes[embed]:-}
  same inference/one-path PATH=/usr/bin:/bin "$(tr '\0' '\n' <"$(of_process environ)" | grep ^PATH=)"
  refused inference/another-model WARD-MOUNT embed '.mounts[0] = {container_path: "/model", host_path: "/tmp"}'
  stop_example inference
else
  skip inference 'its images have not been built (Hack/quickstart --prepare)'
fi

# Containers that share a directory need a sandbox. The proxy's port is below 1024, which its user may have only where the
# sandbox's sysctl says so; containerd sets it unasked.
stop_crio
cat >/etc/crio/crio.conf.d/30-sandbox.conf <<'CONF'
[crio.runtime]
drop_infra_ctr = false
default_sysctls = ["net.ipv4.ip_unprivileged_port_start=0"]
CONF
check_here restart start_crio
if (echo -998 >/proc/self/oom_score_adj) 2>/dev/null; then
  example sidecar api@1
  token='Authorization: Bearer hvs.CAESIJ'
  check_here sidecar/listens ask --fail --output /dev/null --header "$token" "http://$ip:443/cgi-bin/api/about"
  same sidecar/through-the-proxy '{"tier": "backend", "logLevel": "info", "memoryMiB": 512, "checked": true}' \
    "$(ask --header "$token" "http://$ip:443/cgi-bin/api/about")"
  refused sidecar/another-upstream WARD-ENV-VALUE proxy '(.envs[] | select(.key == "UPSTREAM")).value = "http://203.0.113.5"'
  box=${boxes[api]:-}
  check_here sidecar/drain exec_in /api drain
  same sidecar/drained '0 drained' "$(of '"\(.exit_code) \(.stdout)"' | xargs)"
  stop_example sidecar
else
  skip sidecar 'this machine lets nobody be spared by the OOM killer, as CRI-O asks for sandboxes'
fi
check denials-verify wardctl denials verify
finish
