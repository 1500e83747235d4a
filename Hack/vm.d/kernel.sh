# shellcheck shell=bash
# Sourced by Hack/vm, and by tests that need a newer kernel. $checkout is where the checkout lies.

# shellcheck source=../lib/packages.sh
source "$checkout/Hack/lib/packages.sh"
# shellcheck source=../lib/suite.sh
source "$checkout/Hack/lib/suite.sh"

# cached_kernel [SUITE]: prints a folder with the newest cloud kernel of this Debian, or of another suite of it (vmlinuz and
# lib/modules/VERSION), which is fetched once and unpacked, not installed. To get a newer one, delete the folder.
cached_kernel() {
  local suite=${1:-} cache fresh
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/ward/vm/kernel${suite:+-$suite}
  if [[ ! -e $cache/vmlinuz ]]; then
    [[ ! $suite ]] || require_packages debian-archive-keyring xz-utils || return 1
    echo "fetching the cloud kernel of Debian${suite:+ $suite}" >&2
    mkdir -p "$(dirname "$cache")"
    fresh=$(mktemp -d "$cache.XXXXXX")
    if ! unpack_kernel "$fresh" "$suite" >"$fresh/log" 2>&1 || [[ ! -s $fresh/vmlinuz ]]; then
      cat "$fresh/log" >&2
      rm -rf "$fresh"
      echo "fetching the kernel failed; is Debian's mirror reachable (apt-get update)?" >&2
      return 1
    fi
    mv --no-target-directory "$fresh" "$cache" 2>/dev/null || rm -rf "$fresh" # another run was faster
  fi
  echo "$cache"
}

# unpack_kernel FOLDER SUITE
unpack_kernel() (
  set -e
  cd "$1"
  suite=$2
  ask() { if [[ $suite ]]; then suite_apt "$suite" "$PWD/apt" "$@"; else "$@"; fi; }
  depends() { ask apt-cache depends "$1" | awk -v name="$2" '$1 == "Depends:" && $2 ~ name { print $2 }'; }
  # An empty package that depends on the newest kernel's, which in newer suites is in parts.
  image=$(depends linux-image-cloud-amd64 '^linux-image-' | head -n 1)
  mapfile -t parts < <(depends "$image" '^linux-(base|binary|modules)-[0-9]')
  ask apt-get download "$image" "${parts[@]}"
  for package in *.deb; do dpkg --extract "$package" .; done
  rm -rf ./*.deb apt
  [[ -d lib ]] || mv usr/lib lib
  mv boot/vmlinuz-* vmlinuz 2>/dev/null || mv lib/modules/*/vmlinuz vmlinuz
  # The initramfs has nothing that unpacks them, and an emulated machine takes long.
  find lib/modules -name '*.ko.xz' -exec xz --decompress {} +
  depmod --basedir . "$(ls lib/modules)"
)
