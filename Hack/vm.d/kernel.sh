# shellcheck shell=bash
# Sourced by Hack/vm.

# cached_kernel: prints a folder with Debian's newest cloud kernel (vmlinuz and lib/modules/VERSION), which is fetched
# once and unpacked, not installed. To get a newer one, delete the folder.
cached_kernel() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/ward/vm/kernel package fresh
  if [[ ! -e $cache/vmlinuz ]]; then
    package=$(newest_cloud_kernel) || return 1
    echo "fetching $package" >&2
    mkdir -p "$(dirname "$cache")"
    fresh=$(mktemp -d "$cache.XXXXXX")
    if ! unpack_kernel "$package" "$fresh" >"$fresh/log" 2>&1; then
      cat "$fresh/log" >&2
      rm -rf "$fresh"
      echo "fetching the kernel failed; is Debian's mirror reachable (apt-get update)?" >&2
      return 1
    fi
    mv --no-target-directory "$fresh" "$cache" 2>/dev/null || rm -rf "$fresh" # another run was faster
  fi
  echo "$cache"
}

# linux-image-cloud-amd64 is an empty package that depends on the newest kernel's.
newest_cloud_kernel() {
  local package
  package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image-/ { print $2; exit }')
  if [[ -z $package ]]; then
    echo "apt knows no linux-image-cloud-amd64; as root: apt-get update" >&2
    return 1
  fi
  echo "$package"
}

unpack_kernel() (
  set -e
  cd "$2"
  apt-get download "$1"
  dpkg --extract ./*.deb .
  rm ./*.deb
  mv boot/vmlinuz-* vmlinuz
  depmod --basedir . "$(ls lib/modules)"
)
