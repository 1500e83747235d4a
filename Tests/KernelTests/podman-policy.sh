#!/usr/bin/env bash
# Podman 4 and 5 under policies for the platforms podman-4 and podman-5: what a policy names runs, nothing else does.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/peers.sh"
engine podman-policy podman conmon
node "$@"
busybox_image
cd "$work" || exit 1
mkdir -p /etc/containers/containers.conf.d
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
sed "s,/usr/bin/ward,$(command -v ward)," "$checkout/Manifests/podman/ward.conf" \
  >/etc/containers/containers.conf.d/ward.conf
# This machine may not raise limits, which Podman does without being asked.
printf '[containers]\ndefault_ulimits = []\n[engine]\n' >/etc/containers/containers.conf
pm() { podman --storage-driver=vfs --cgroup-manager=cgroupfs --events-backend=file "$@"; }
stop() {
  pm rm --force --all --time 0 >/dev/null 2>&1
  find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} \; 2>/dev/null
  node_end
}
trap stop EXIT

wardctl image build --name box --lock "$work/images.lock" --output "$images" --oci-layout "$work/oci:latest" >/dev/null
script='grep " / " /proc/mounts; while :; do sleep 1; done'
# gate PLATFORM: what a policy for this Podman names runs from the verified image, nothing else does.
gate() {
  local name=$1/gate
  # Where Podman keeps things by itself, as the platform has it.
  rm -rf /run/containers /run/libpod
  mkdir -p /var/lib/containers
  mount -t tmpfs tmpfs /var/lib/containers
  cat >"$work/gate.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: gate, version: 4}
platform: $1
containers:
  box:
    image: box
    args: [sh, -c, '$script']
    env: {PATH: /bin, MODEL: minilm}
    user: {uid: 10001, gid: 10001}
    scratch: {/tmp: {size: 1Mi}}
    exec: {probe: {args: [echo, well]}}
    stdio: {stdout: allow}
    signals: [TERM, KILL]
POLICY
  boot "$work/gate.yaml" --images "$work/images.lock" --integrity memory
  pm load --quiet --input "$work/image.tar" >"$work/loaded" 2>&1
  pm tag localhost/latest:latest localhost/box:latest
  local box=(run --detach --name gated --network=none --user 10001:10001 --cap-drop ALL
    --security-opt no-new-privileges --security-opt apparmor=unconfined --read-only --read-only-tmpfs=false --tmpfs /tmp)
  check "$name/run" pm "${box[@]}" --env MODEL=minilm box sh -c "$script"
  for _ in {1..50}; do [[ -n $(pm logs gated 2>&1) ]] && break; sleep 0.1; done
  check "$name/root-is-the-verified-image" grep --quiet ' / erofs ro' <<<"$(pm logs gated)"
  same "$name/exec" well "$(pm exec gated echo well 2>&1)"
  refuses "$name/exec/another-program" WARD-EXEC pm exec gated cat /etc/shadow
  check "$name/stop" pm stop --time 1 gated
  check "$name/rm" pm rm gated
  # refused NAME CODE PROGRAM OPTION...: the same command with another program or one more option.
  refused() {
    refuses "$name/$1" "gate@4: create \"box\": $2" pm "${box[@]}" --env MODEL=minilm "${@:4}" box "$3" -c "$script"
    pm rm --force gated >/dev/null 2>&1
  }
  refused argument WARD-ARGS ash
  refused variable WARD-ENV-UNEXPECTED sh --env LD_PRELOAD=/x.so
  refused mount WARD-MOUNT-UNEXPECTED sh --volume /etc:/host
  refused namespace WARD-NAMESPACE sh --pid host
  refused privileged WARD-CAPABILITIES sh --privileged
  same "$name/no-state" '' "$(ls /run/ward/containers)"
  pm rm --force --all --time 0 >/dev/null 2>&1
  umount --lazy /var/lib/containers
}
gate podman-4

if ! newest=$(peer_programs sid podman conmon netavark 2>&1); then
  skip podman-5 "${newest//$'\n'/; }"
  finish
fi
newest=${newest##*$'\n'}
PATH=$newest:$PATH
export PODMAN_IGNORE_CGROUPSV1_WARNING=1
# Where its network program lies, which it looks for even where a container has no network.
printf 'helper_binaries_dir = ["%s"]\n' "${newest%/bin}/root/usr/lib/podman" >>/etc/containers/containers.conf
gate podman-5
finish
