#!/usr/bin/env bash
# The example inference service with all that a policy gives it at once: its root and its model from verified images, a RAM
# disk, and a GPU in confidential mode with the driver from an image of its own. The GPU is a stand-in (gpu/node.sh) that
# does not compute; Hack/gpu does this where there is one.
# shellcheck disable=SC2154 # work, images and bin come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=../../Hack/lib/bare.sh
source "$checkout/Hack/lib/bare.sh"
# shellcheck source=gpu/node.sh
source "$(dirname "${BASH_SOURCE[0]}")/gpu/node.sh"
if ! command -v cc >/dev/null; then
  skip gpu-inference 'no C compiler for the stand-in'
  finish
fi
built=$checkout/.build-quickstart
[[ -e $built/images.lock ]] || { not_ok gpu-inference 'Hack/quickstart --prepare has not built the images' && finish; }
cd "$work" || exit 1
gpu_node 1
jq -c --arg built "$built/images" '.images += [$built]' /etc/ward/ward.json >changed && cat changed >/etc/ward/ward.json
gpu_driver "$work/driver"
cp "$built/images.lock" .
check driver-image wardctl image build-driver --root driver --output "$images" --lock images.lock --name driver

# Without a network of its own the service listens at a socket in its RAM disk, and is asked by what may be executed.
ask='import json, socket
body = json.dumps({"sentences": ["The weather is lovely today.", "It is so sunny outside!"]}).encode()
with socket.socket(socket.AF_UNIX) as service:
    service.connect("/tmp/embed")
    service.sendall(b"POST /v1/similarity HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body) + body)
    answer = json.loads(service.makefile("rb").read().split(b"\r\n\r\n", 1)[1])
print(0.5 < answer["similarity"][0][1] < 0.9)'
look='import os
print(sorted(name for name in os.listdir("/dev") if name.startswith("nvidia")), sorted(os.listdir("/usr/local/nvidia")))
for place in "/model/x", "/x", "/tmp/x":
    try:
        open(place, "w").close()
        print("written")
    except OSError as error:
        print(error.strerror)'
export ask look integrity
jq -n '{apiVersion: "ward/v1", kind: "Policy", metadata: {name: "embeddings", version: 1}, platform: "bare-1",
  images: "images.lock", integrity: env.integrity, containers: {embed: {
    image: "embed-service", args: ["/usr/bin/python3", "/srv/serve.py", "--model", "/model", "--socket", "/tmp/embed"],
    env: {PATH: "/usr/bin:/bin", LD_LIBRARY_PATH: "/usr/local/nvidia/lib64"}, user: {uid: 10001, gid: 10001},
    seccomp: "inference", scratch: {"/tmp": {size: "64Mi"}}, volumes: {"/model": {image: "minilm"}},
    gpu: {count: 1, driverImage: "driver"}, signals: ["TERM", "KILL"], stdio: {stdout: "allow", stderr: "allow"},
    exec: {
      health: {args: ["/usr/bin/python3", "/srv/health.py", "--socket", "/tmp/embed"]},
      ask: {args: ["/usr/bin/python3", "-c", env.ask]},
      look: {args: ["/usr/bin/python3", "-c", env.look]}}}}}' >policy.yaml
check policy wardctl policy compile --output policy.json policy.yaml
check measure wardctl measure --bundle policy.json

mkdir -p embed/rootfs
bare_config '.process.args = ["/usr/bin/python3", "/srv/serve.py", "--model", "/model", "--socket", "/tmp/embed"]
  | .process.env = ["PATH=/usr/bin:/bin", "LD_LIBRARY_PATH=/usr/local/nvidia/lib64"]' >embed/config.json
create() { ward create --bundle "$work/embed" embed </dev/null >said 2>&1 || { cat said && return 1; }; }
# process ARGUMENT...: what may be executed, in the container.
process() {
  # jq would take some of them for options of its own.
  python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "$@" >arguments.json
  jq --slurpfile args arguments.json '.process | .args = $args[0]' embed/config.json >process.json
  ward exec --process process.json embed 2>&1
}
check create create
check start ward start embed
for ((try = 0; try < 300; try++)); do
  process /usr/bin/python3 /srv/health.py --socket /tmp/embed >health && break
  ! grep --quiet WARD health || break
  sleep 0.2
done
same it-is-healthy '' "$(<health)"
same it-computes True "$(process /usr/bin/python3 -c "$ask")"
same it-finds-its-gpu-and-the-driver "['nvidia-uvm', 'nvidia0', 'nvidiactl'] ['firmware', 'lib64']" \
  "$(process /usr/bin/python3 -c "$look" | head -n 1)"
same it-writes-into-its-ram-disk-alone 'Read-only file system|Read-only file system|written' \
  "$(process /usr/bin/python3 -c "$look" | tail -n 3 | paste -sd'|')"
same evidence-is-measured 1 "$(wardctl attest log --json | jq '[.[] | select(tostring | test("gpu"; "i"))] | length')"
same gpu-is-held embed "$(wardctl gpu status --json | jq -r '.gpus[0].holders[0].container')"
refuses a-reset WARD-EXEC-UNKNOWN process /usr/bin/nvidia-smi --gpu-reset
check delete ward delete --force embed
same nothing-is-left '' "$(ward list -q)$(ls /run/ward/images)"
finish
