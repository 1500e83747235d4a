# shellcheck shell=bash
# Sourced by the tests in which a container engine calls ward: packages, an image, boots of the node.
# shellcheck disable=SC2154 # work comes from node

# shellcheck source=../../Hack/lib/packages.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/packages.sh"

# engine NAME PACKAGE...: installs the packages, or skips the whole test.
engine() {
  local name=$1 output
  shift
  if ! output=$(require_packages "$@" umoci busybox-static jq python3 2>&1); then
    skip "$name" "packages are missing and cannot be installed: ${output//$'\n'/; }"
    finish
  fi
}

# busybox_image: makes the OCI layout $work/oci and the archive $work/image.tar of it, with the tag `latest`.
busybox_image() {
  local root=$work/unpacked/rootfs program
  {
    umoci init --layout "$work/oci"
    umoci new --image "$work/oci:latest"
    umoci unpack --image "$work/oci:latest" "$work/unpacked"
    mkdir -p "$root"/{bin,proc,dev,sys,run,tmp,etc}
    cp /bin/busybox "$root/bin/"
    for program in sh echo cat cut sleep id true mkdir grep tty; do ln -s busybox "$root/bin/$program"; done
    umoci repack --image "$work/oci:latest" "$work/unpacked"
    umoci config --image "$work/oci:latest" --config.env PATH=/bin --config.cmd /bin/sh
    tar --directory "$work/oci" --create --file "$work/image.tar" .
  } >/dev/null
}

# pause_image: makes the archive $work/pause.tar, with the tag `latest`: the image of a pod's sandbox.
pause_image() {
  local root=$work/unpacked-pause/rootfs
  {
    cp --recursive "$work/oci" "$work/pause"
    umoci unpack --image "$work/pause:latest" "$work/unpacked-pause"
    printf '#!/bin/sh\ntrap "exit 0" TERM\nwhile :; do sleep 3600 & wait; done\n' >"$root/pause"
    chmod 755 "$root/pause"
    umoci repack --image "$work/pause:latest" "$work/unpacked-pause"
    umoci config --image "$work/pause:latest" --clear config.cmd --config.entrypoint /pause \
      --config.user 65535:65535 --config.env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    tar --directory "$work/pause" --create --file "$work/pause.tar" .
  } >/dev/null
}

# boot POLICY [OPTION...]: the node as after a boot, with another policy measured.
boot() {
  rm -rf /run/ward/* "$work/policy.json"
  reset_tpm
  configure
  if ! wardctl policy compile --output "$work/policy.json" "${@:2}" "$1" >"$work/compiled" 2>&1 \
    || ! wardctl measure --bundle "$work/policy.json" >>"$work/compiled" 2>&1; then
    not_ok "boot with $(basename "$1")" "$(tr '\n' ';' <"$work/compiled")"
    finish
  fi
}

# terminal_line OUTPUT: the line that names the terminal. An engine that resizes a terminal whose program has ended
# already says so in between.
terminal_line() { tr -d '\r' <<<"$1" | grep --fixed-strings --line-regexp /dev/pts/0; }
