# shellcheck shell=bash
# Sourced by Hack/quickstart: measures the policy, launches the pod, shows what is refused, and cleans up. It runs on a
# private node; each step checks its own result.

# shellcheck source=../step.sh
source "$here/lib/step.sh"
# shellcheck source=pod.sh
source "$here/lib/quickstart/pod.sh"

main_job() {
  [[ -e $built/images.lock ]] || give_up 'the images are not there' 'run Hack/quickstart without --main-job first'
  images=$built/images
  configure
  measure_policy
  launch_pod
  ask_for_embeddings
  show_refusals
  delete_pod
  printf '\n%sWard launched what the policy names, and nothing else.%s\n' "$bold" "$plain"
}

measure_policy() {
  step "Compiling the policy (integrity: $integrity)"
  wardctl policy compile --images "$built/images.lock" --integrity "$integrity" --output "$work/policy.json" \
    "$checkout/Manifests/policies/inference.yaml" | show
  wardctl attest expect "$work/policy.json" | show
  done_with "sha256sum says $(sha256sum "$work/policy.json" | cut -d' ' -f1)"

  step "Measuring the policy into PCR 8 of the vTPM"
  if [[ $tpm == device:* ]]; then
    echo "the vTPM is ${tpm#device:}" | show
  else
    echo "there is no /dev/tpmrm0: swtpm stands in for the node's vTPM" | show
  fi
  wardctl measure --bundle "$work/policy.json" | show
  done_with
}

launch_pod() {
  step 'Launching the pod: ward as the OCI runtime, config.json as containerd writes it'
  write_pod_files
  sandbox_config >"$work/sandbox/config.json"
  ward create --bundle "$work/sandbox" --pid-file "$work/sandbox/pid" "$sandbox"
  ward start "$sandbox"
  container_config >"$work/embed/config.json"
  ward create --bundle "$work/embed" --pid-file "$work/embed/pid" "$container"
  ward start "$container"
  ward list | show
  done_with 'the container runs'
}

# request PATH JSON: asks the service from inside the pod's network.
request() {
  nsenter --net="$netns" curl --silent --show-error --fail --max-time 120 --header 'Content-Type: application/json' \
    --data "$2" "http://127.0.0.1:8080$1"
}

ask_for_embeddings() {
  step 'Asking the service how similar three sentences are'
  local try answer
  for ((try = 0; try < 240; try++)); do
    if nsenter --net="$netns" curl --silent --fail --max-time 5 http://127.0.0.1:8080/health >/dev/null; then break; fi
    sleep 0.25
  done
  ward exec --process <(exec_process health) "$container" || give_up 'the service is not healthy' \
    'see what it wrote above'
  answer=$(request /v1/similarity '{"sentences":["The weather is lovely today.","It'"'"'s so sunny outside!","He drove to the stadium."]}') ||
    give_up 'the service does not answer' 'see what it wrote above'
  jq --raw-output '.similarity | "weather / sunny    \(.[0][1])", "weather / stadium  \(.[0][2])", "sunny   / stadium  \(.[1][2])"' \
    <<<"$answer" | show
  jq --exit-status '.similarity | ((.[0][1] - 0.6660 | fabs) < 0.001) and ((.[0][2] - 0.1046 | fabs) < 0.001)
    and ((.[1][2] - 0.1411 | fabs) < 0.001)' <<<"$answer" >/dev/null ||
    give_up 'these are not the published similarities' 'the model or the service has changed'
  done_with 'as published for all-MiniLM-L6-v2: 0.6660, 0.1046, 0.1411'
}

# refused WHAT CODE COMMAND...: the command fails and names the code.
refused() {
  local what=$1 code=$2 answer
  shift 2
  if answer=$("$@" 2>&1); then give_up "$what was admitted" 'this is a defect: please report it'; fi
  [[ $answer == *"$code"* ]] || give_up "$what failed, but not with $code: $answer" 'this is a defect: please report it'
  printf '%s%s%s\n%s\n' "$bold" "$what" "$plain" "$answer" | show
}

show_refusals() {
  step 'What the gate refuses'
  refused 'exec /bin/sh' WARD-EXEC-UNKNOWN ward exec "$container" /bin/sh
  refused 'an added environment variable' WARD-ENV-UNEXPECTED create_changed '.process.env += ["LD_PRELOAD=/tmp/x.so"]'
  refused 'a bind mount of /' WARD-MOUNT-UNEXPECTED create_changed \
    '.mounts += [{destination: "/host", type: "bind", source: "/", options: ["rbind", "rw"]}]'
  refused 'another image' WARD-IMAGE-REFERENCE create_changed \
    '.annotations["io.kubernetes.cri.image-name"] = "docker.io/library/busybox:latest"'
  refused 'an altered block of the image' WARD-IMAGE-CORRUPT with_altered_image
  refused 'an altered policy file' WARD-PCR-MISMATCH with_altered_policy
  wardctl denials list | show
  done_with
}

# create_changed JQ-FILTER: creates another container, its config.json as the control plane would write it but for one
# change.
create_changed() {
  local other=${container%?}e
  mkdir -p "$work/changed"
  jq --arg other "$other" "$1 | .linux.cgroupsPath |= sub(\"[0-9a-f]{64}\"; \$other)" \
    "$work/embed/config.json" >"$work/changed/config.json"
  ward create --bundle "$work/changed" "$other"
}

# The image's file with one byte changed, on a node where no container uses the image yet.
with_altered_image() {
  ward delete --force "$container"
  mkdir -p "$work/altered"
  cp --reflink=auto "$built/images/"* "$work/altered/"
  local file
  file=$work/altered/$(jq --raw-output '.images["embed-service"].rootHash' "$built/images.lock").erofs
  # Inside the first data block: the file system's own superblock.
  printf '\377' | dd of="$file" bs=1 seek=1100 conv=notrunc status=none
  local status=0
  # Not by another configuration: that one was measured.
  mount --bind "$work/altered" "$built/images"
  ward create --bundle "$work/embed" "$container" || status=$?
  umount "$built/images"
  return "$status"
}

with_altered_policy() {
  local status=0
  cp /run/ward/policy.json "$work/measured.json"
  sed 's/"mode":"enforce"/"mode":"audit"/' "$work/measured.json" >/run/ward/policy.json
  ward create --bundle "$work/embed" "$container" || status=$?
  cp "$work/measured.json" /run/ward/policy.json
  return "$status"
}

delete_pod() {
  step 'Deleting the pod'
  # The container of the main job ended when its image was altered; the same command launches it again.
  ward create --bundle "$work/embed" "$container"
  ward kill "$container" KILL || true
  ward delete --force "$container"
  ward delete --force "$sandbox"
  ip netns delete "$(basename "$netns")"
  local left
  left=$(leftovers)
  [[ -z $left ]] || give_up "something is left: $left" 'this is a defect: please report it'
  done_with 'nothing is left: no container, mount, loop or verity device, cgroup or scratch'
}

# What this node's containers and images would leave behind; other nodes on this machine may have theirs.
leftovers() {
  local digests
  digests=$(jq --raw-output '.images[].rootHash' "$built/images.lock")
  ward list -q
  grep -o '/run/ward/[^ ]*' /proc/self/mountinfo || true
  losetup --list --noheadings | grep -F "$digests" || true
  cat /sys/block/dm-*/dm/name 2>/dev/null | grep -F "$digests" || true
  find /sys/fs/cgroup -name "*$container*" -o -name "*$sandbox*" 2>/dev/null || true
}
