# shellcheck shell=bash
# Sourced by the tests that run the pods of Manifests/examples: their images.

# example_images WARDCTL: builds the images of the examples, where they are not there, and prints the folder: with `images`,
# `images.lock`, and in `layout` OCI images of the same names for containerd: with the same configuration and without the
# files, for what runs are the verified images. Those of the inference service are the quickstart's; they are left out
# where it has not been prepared.
example_images() {
  local wardctl=$1 checkout folder stamp
  checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  folder=$checkout/.build-examples
  stamp=$(cat "$checkout/Hack/lib/examples.sh" "$checkout"/Manifests/{debian-root,examples/*/*.*,examples/*/build-*} \
    "$checkout/.build-quickstart/images.lock" "$wardctl" 2>/dev/null | sha256sum)
  if [[ $stamp != "$(cat "$folder/stamp" 2>/dev/null)" ]]; then
    build_example_images >&2 || return
    printf '%s' "$stamp" >"$folder/stamp"
  fi
  echo "$folder"
}

build_example_images() (
  set -e
  examples=$checkout/Manifests/examples
  rm -rf "$folder"
  mkdir -p "$folder/images"
  cd "$folder"
  "$examples/nginx/build-image" real
  "$examples/sidecar/build-images" real
  enter() { "$wardctl" image build --output images --lock images.lock --name "$@"; }
  for image in nginx=web/nginx:1.22 check=tools/check:3 proxy=tools/proxy:3 server=api/server:12; do
    enter "${image%%=*}" --reference "registry.example.org/${image#*=}" --oci-layout "real:${image%%=*}"
  done
  mkdir config
  /usr/bin/python3 -c '
import sys, yaml
[data] = [each["data"] for each in yaml.safe_load_all(sys.stdin) if each["kind"] == "ConfigMap"]
for name, text in data.items():
    open("config/" + name, "w").write(text)' <"$examples/nginx/manifest.yaml"
  enter web-config --volume config

  built=$checkout/.build-quickstart
  if [[ -e $built/images.lock ]]; then
    # Made from directories, which do not say how they are run and what they are called.
    jq --slurpfile built "$built/images.lock" '.images += $built[0].images
      | .images["embed-service"].config = {cmd: ["/usr/bin/python3"], env: ["PATH=/usr/bin:/bin"], user: "10001:10001"}
      | .images.minilm.references = ["registry.example.org/embeddings/minilm:1"]' images.lock >lock
    mv lock images.lock
    ln "$built"/images/*.erofs images/
  fi
  mkdir nothing
  echo 'The files are in the verified image.' >nothing/README
  for image in $(jq --raw-output '.images | to_entries[] | select(.value.references[0]).key' images.lock); do
    mapfile -t options < <(jq --raw-output --arg image "$image" '.images[$image].config // {}
      | {entrypoint, cmd, env, user, workingdir: .cwd, stopsignal: .stopSignal} | to_entries[]
      | .key as $key | [.value] | flatten[] | values | "--config.\($key)", .' images.lock)
    "$examples/oci-image" nothing layout "$image" "${options[@]}"
  done
)
