# Sourced by the kernel tests: a private node, and one line for each case.
#
# A node of its own is a mount namespace with empty /etc/ward and /run/ward: nothing of the machine is touched, and
# everything is gone when the script ends. Orphans come to the script (a subreaper) as they come to init on a node.
# In the VM (WARD_VM=1) the vTPM is the kernel's /dev/tpmrm0; elsewhere it is a swtpm of the node's own.

set -uo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# node [IMAGE-DIRECTORY...]: from here on the script runs on a private node.
node() {
  if [[ ${WARD_NODE:-} != "$$" ]]; then
    local script
    script=$(readlink -f "$0")
    # PR_SET_CHILD_SUBREAPER is 36; it survives exec.
    exec env WARD_NODE="$$" python3 -c '
import ctypes, os, sys
if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0): sys.exit("prctl failed")
os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "bash"] + sys.argv[1:])' "$script"
  fi
  bin=${WARD_BIN:-$("$checkout/Hack/build")}
  PATH=$bin:$PATH
  work=$(mktemp -d)
  mkdir -p /etc/ward /run/ward "$work/images"
  mount -t tmpfs -o mode=0700 tmpfs /run/ward
  mount -t tmpfs -o mode=0755 tmpfs /etc/ward
  tpm=device:/dev/tpmrm0
  if [[ ! -e /dev/tpmrm0 ]]; then
    mkdir "$work/tpm"
    start_tpm
    tpm=swtpm:$work/tpm/socket
  fi
  configure
  trap node_end EXIT
}

# start_tpm: (re)starts the node's swtpm with the state that it has.
start_tpm() {
  swtpm socket --tpm2 --server "type=unixio,path=$work/tpm/socket" --ctrl "type=unixio,path=$work/tpm/control" \
    --tpmstate "dir=$work/tpm" --flags not-need-init,startup-clear --daemon --pid "file=$work/tpm/pid"
}

# configure [JSON-MEMBER...]: writes the node configuration; further members are given as `"key":value`.
configure() {
  local member extra=
  for member in "$@"; do extra+=,$member; done
  printf '{"tpm":"%s","images":["%s"],"verity":"%s"%s}\n' "$tpm" "$work/images" "$bin/ward-verity" "$extra" \
    >/etc/ward/ward.json
}

node_end() {
  local id
  for id in $(ward list -q 2>/dev/null); do ward delete --force "$id" >/dev/null 2>&1; done
  [[ -e $work/tpm/pid ]] && kill "$(cat "$work/tpm/pid")" 2>/dev/null
  rm -rf "$work"
}

failed=0
ok() { printf 'ok %s\n' "$1"; }
not_ok() {
  failed=1
  printf 'not ok %s: %s\n' "$1" "$2"
}
skip() { printf 'skip %s: %s\n' "$1" "$2"; }

# check NAME COMMAND...: the command succeeds.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$* failed: ${output//$'\n'/; }"; fi
}

# refuses NAME TEXT COMMAND...: the command fails and says TEXT.
refuses() {
  local name=$1 text=$2 output
  shift 2
  if output=$("$@" 2>&1); then
    not_ok "$name" "$* was admitted"
  elif [[ $output == *"$text"* ]]; then
    ok "$name"
  else
    not_ok "$name" "expected \"$text\", got: ${output//$'\n'/; }"
  fi
}

# same NAME EXPECTED ACTUAL
same() { if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "expected \"$2\", got \"$3\""; fi; }

# finish: the script's exit status.
finish() { exit "$failed"; }
