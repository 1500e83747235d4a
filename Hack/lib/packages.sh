# shellcheck shell=bash
# Sourced by the scripts in Hack/.

# require_packages NAME...: installs those Debian packages that are missing, and nothing else.
require_packages() {
  local name missing=() as_root=()
  for name; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true) == installed ]] || missing+=("$name")
  done
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "packages are missing and neither root nor sudo is there; as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}" >&2
  install_packages() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --quiet --quiet --no-install-recommends "${missing[@]}" </dev/null >"$log" 2>&1
  }
  local log status=0
  log=$(mktemp)
  # The package lists may be absent or stale: fetch them only when the first try fails.
  install_packages || { "${as_root[@]}" apt-get update --quiet --quiet >"$log" 2>&1 && install_packages; } || status=1
  if ((status)); then
    tail -n 20 "$log" >&2
    echo "installing failed; try by hand: apt-get install ${missing[*]}" >&2
  fi
  rm -f "$log"
  return "$status"
}
