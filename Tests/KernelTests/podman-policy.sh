#!/usr/bin/env bash
# Podman 4 and 5 under policies for the platforms podman-4 and podman-5: what a policy names runs, nothing else does. So
# for containers without a pod, and for the pod that `podman kube play` makes of a manifest, under the policy that is
# generated from the same manifest.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/peers.sh"
engine podman-policy podman conmon catatonit
node "$@"
busybox_image
cd "$work" || exit 1
mkdir -p /etc/containers/containers.conf.d
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
sed "s,/usr/bin/ward,$(command -v ward)," "$checkout/Manifests/podman/ward.conf" \
  >/etc/containers/containers.conf.d/ward.conf
# containers_conf DIRECTORY...: where Podman finds its helpers. This machine may not raise limits, which Podman does
# without being asked.
containers_conf() {
  printf '[containers]\ndefault_ulimits = []\n[engine]\nhelper_binaries_dir = [%s]\n' \
    "$(printf '"%s", ' "$@" | sed 's/, $//')" >/etc/containers/containers.conf
}
containers_conf /usr/bin /usr/libexec/podman /usr/lib/podman
pm() { podman --storage-driver=vfs --cgroup-manager=cgroupfs --events-backend=file "$@"; }
stop() {
  pm pod rm --force --all --time 0 >/dev/null 2>&1
  pm rm --force --all --time 0 >/dev/null 2>&1
  find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} \; 2>/dev/null
  node_end
}
trap stop EXIT

wardctl image build --name box --lock "$work/images.lock" --output "$images" --mount-point /state \
  --mount-point /settings --mount-point /token --oci-layout "$work/oci:latest" >/dev/null
script='grep " / " /proc/mounts; while :; do sleep 1; done'
# The files of the volumes, as whoever makes the images has them.
mkdir -p "$work/settings" "$work/token"
echo info >"$work/settings/level"
echo verified >"$work/token/token"
for name in settings token; do
  wardctl image build --volume --name $name --lock "$work/images.lock" --output "$images" "$work/$name" >/dev/null
done
jq '.images.box.references = ["localhost/box:latest"]' "$work/images.lock" >"$work/named.lock"
mv "$work/named.lock" "$work/images.lock"
cat >"$work/pod.yaml" <<'POD'
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
data: {token: Zm9yZ2Vk}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}, annotations: {note: a pod}}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  securityContext: {runAsUser: 10001, runAsGroup: 10001}
  initContainers:
  - name: first
    image: localhost/box:latest
    imagePullPolicy: Never
    command: [sh, -c, "echo first >/state/first"]
    volumeMounts: [{name: state, mountPath: /state}]
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
  containers:
  - name: box
    image: localhost/box:latest
    imagePullPolicy: Never
    command: [sh, -c]
    args: ["cat /state/first /settings/level /token/token; while :; do sleep 1; done"]
    env: [{name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}]
    resources: {limits: {memory: 64Mi}}
    livenessProbe: {exec: {command: [echo, well]}, timeoutSeconds: 60}
    volumeMounts:
    - {name: state, mountPath: /state, readOnly: true}
    - {name: own, mountPath: /tmp}
    - {name: settings, mountPath: /settings, readOnly: true}
    - {name: token, mountPath: /token}
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
  - name: other
    image: localhost/box:latest
    imagePullPolicy: Never
    args: [sleep, "1000"]
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
  volumes:
  - {name: state, emptyDir: {}}
  - {name: own, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: settings, configMap: {name: settings}}
  - {name: token, secret: {secretName: token, optional: false}}
POD
# played NAME: the pod of the manifest runs under its policy, and one that differs does not.
played() {
  local name=$1/pod platform=$1 infra box
  rm -f "$work/pod.policy.yaml"
  check "$name/generate" wardctl policy generate --platform "$platform" --images "$work/images.lock" \
    --output "$work/pod.policy.yaml" "$work/pod.yaml"
  boot "$work/pod.policy.yaml" --images "$work/images.lock" --integrity memory
  check "$name/play" pm kube play --network none "$work/pod.yaml"
  for _ in {1..50}; do [[ -n $(pm logs web-box 2>&1) ]] && break; sleep 0.1; done
  same "$name/its-volumes-are-the-policy's" 'first info verified' "$(pm logs web-box | xargs)"
  infra=$(pm ps --no-trunc --format '{{.ID}} {{.Names}}' | sed -n 's/ .*-infra$//p')
  box=$(pm inspect --format '{{.Id}}' web-box)
  same "$name/network-of-the-infra-container" "$(readlink "/proc/$(ward state "$infra" | jq .pid)/ns/net")" \
    "$(readlink "/proc/$(ward state "$box" | jq .pid)/ns/net")"
  same "$name/infra-is-ward's-own-process" '' "$(tr -d '\0' <"/proc/$(ward state "$infra" | jq .pid)/cmdline" | grep catatonit)"
  same "$name/healthy" '' "$(pm healthcheck run web-box 2>&1)"
  refuses "$name/exec/another-program" WARD-EXEC pm exec web-box cat /etc/shadow
  # Outside of a pod, and with the network of a process that is not the infra container's.
  refuses "$name/another-pod's-container" 'web@1: create "other": WARD-' \
    pm run --name stray --network=none --user 10001:10001 --cap-drop ALL --security-opt no-new-privileges \
    --read-only box sleep 1000
  refuses "$name/network-of-a-container" WARD-SANDBOX \
    pm run --name joined --network="ns:/proc/$(ward state "$box" | jq .pid)/ns/net" --user 10001:10001 --cap-drop ALL --security-opt no-new-privileges \
    --read-only box sleep 1000
  pm rm --force stray joined >/dev/null 2>&1
  check "$name/down" pm kube down "$work/pod.yaml"
  same "$name/no-state" '' "$(ls /run/ward/containers)"
  # changed NAME CONTAINER CODE FILTER: the pod of a manifest that is not the one of the policy.
  changed() {
    sed "$4" "$work/pod.yaml" >"$work/changed.yaml"
    refuses "$name/changed/$1" "web@1: create \"$2\": $3" pm kube play --network none "$work/changed.yaml"
    pm pod rm --force --all --time 0 >/dev/null 2>&1
    pm secret rm token >/dev/null 2>&1
  }
  changed argument box WARD-ARGS 's/do sleep 1;/do sleep 2;/'
  same "$name/nothing-is-left" '' "$(ls /run/ward/containers)"
  # The others say nothing new on another kernel, and take long in an emulated one.
  [[ -z ${WARD_VM:-} ]] || return 0
  changed variable box WARD-ENV-VALUE 's/data: {level: info}/data: {level: debug}/'
  changed limit box WARD-LIMIT 's/memory: 64Mi/memory: 128Mi/'
  changed volume box WARD-MOUNT-SOURCE 's,emptyDir: {medium.*},hostPath: {path: /etc}},'
  changed capabilities first WARD-CAPABILITIES 's/drop: \[ALL\]/drop: [CHOWN]/'
  changed processes first WARD-NAMESPACE 's/restartPolicy: Never/restartPolicy: Never\n  shareProcessNamespace: true/'
  same "$name/nothing-is-left-of-any" '' "$(ls /run/ward/containers)"
}
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
  played "$1"
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
containers_conf "${newest%/bin}/root/usr/lib/podman" /usr/bin
gate podman-5
finish
