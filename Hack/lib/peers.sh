# shellcheck shell=bash
# Sourced by what compares Ward with newer programs than this Debian's, or is called by them: runtimes and engines of
# another suite of Debian, unpacked beside the machine's and not installed.

# shellcheck source=packages.sh
source "$(dirname "${BASH_SOURCE[0]}")/packages.sh"
# shellcheck source=suite.sh
source "$(dirname "${BASH_SOURCE[0]}")/suite.sh"

# peer_programs SUITE PACKAGE...: prints a folder with the programs of Debian SUITE's packages (`peer_programs sid crun
# runc`), fit for PATH. They are fetched once, with every library that they need: to get newer ones, delete the folder
# above it. Without a network it says so and fails.
#
# The libraries may be newer than this Debian's, libc among them, so that a program's interpreter and its search path
# are set to those beside it. A wrapper would add its own start to each measured one, and would be what the program
# finds at /proc/self/exe, from which runtimes start themselves again.
peer_programs() {
  local suite=$1 names cache fresh
  shift
  names=$*
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/ward/peers/$suite/${names// /+}
  if [[ ! -e $cache/bin ]]; then
    require_packages patchelf debian-archive-keyring || return 1
    echo "fetching $names of Debian $suite" >&2
    mkdir -p "$(dirname "$cache")"
    fresh=$(mktemp -d "$cache.XXXXXX")
    chmod 755 "$fresh"
    if ! unpack_peers "$suite" "$cache" "$fresh" "$@" >"$fresh/log" 2>&1; then
      tail -n 20 "$fresh/log" >&2
      rm -rf "$fresh"
      echo "fetching $names of Debian $suite failed; is Debian's mirror reachable?" >&2
      return 1
    fi
    mv --no-target-directory "$fresh" "$cache" 2>/dev/null || rm -rf "$fresh" # another run was faster
  fi
  echo "$cache/bin"
}

# unpack_peers SUITE PLACE FOLDER PACKAGE...: fills FOLDER, which will lie at PLACE.
unpack_peers() (
  set -e
  suite=$1 place=$2 folder=$3
  shift 3
  fetch_closure "$suite" "$folder/apt" "$@"
  mkdir "$folder/root" "$folder/bin"
  for package in "$folder"/apt/archives/*.deb; do dpkg-deb --extract "$package" "$folder/root"; done
  libraries=$(cd "$folder/root" && dirname usr/lib/*/libc.so.6)
  for package; do
    dpkg-deb --fsys-tarfile "$folder"/apt/archives/"$package"_*.deb | tar --list
  done | while IFS= read -r file; do
    program=$folder/root/$file
    [[ -f $program && ! -L $program && -x $program ]] || continue
    if interpreter=$(patchelf --print-interpreter "$program" 2>/dev/null); then
      # RPATH, not RUNPATH: it holds for the libraries of the libraries too.
      patchelf --set-interpreter "$place/root/$libraries/${interpreter##*/}" \
        --force-rpath --set-rpath "$place/root/$libraries" "$program"
    fi
    case $file in */bin/* | */sbin/*) ln -s "../root/${file#./}" "$folder/bin/" ;; esac
  done
  rm -r "$folder/apt"
)

# fetch_closure SUITE FOLDER PACKAGE...: the packages and everything that they depend on in FOLDER/archives.
fetch_closure() { suite_apt "$1" "$2" apt-get install --yes --no-install-recommends --download-only "${@:3}"; }
