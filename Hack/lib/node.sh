# shellcheck shell=bash
# Sourced by what needs a Ward node for itself: the quickstart, the benches and the kernel tests.
#
# A private node is a mount namespace with a /run of its own, and with /etc and /var/lib covered by RAM disks that take
# every write: nothing of the machine is touched, and everything is gone when the script ends. Orphans come to the script
# (a subreaper), as they come to init on a node. Where the machine has no /dev/tpmrm0 the vTPM is a swtpm of the node's
# own.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# node ARGUMENT...: from here on the script runs on a private node. The arguments are the script's own.
node() {
  if [[ ${WARD_NODE:-} != "$$" ]]; then
    # PR_SET_CHILD_SUBREAPER is 36; it survives exec.
    exec env WARD_NODE="$$" python3 -c '
import ctypes, os, sys
if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0): sys.exit("prctl failed")
os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "bash"] + sys.argv[1:])' \
      "$(readlink -f "$0")" "$@"
  fi
  bin=${WARD_BIN:-$("$checkout/Hack/build")}
  PATH=$bin:$PATH
  work=$(mktemp -d)
  # Not the machine's /tmp, which may forbid devices or programs.
  mount -t tmpfs -o mode=0700 tmpfs "$work"
  images=$work/images
  mkdir "$images"
  cover /etc
  cover /var/lib
  mount -t tmpfs -o mode=0755 tmpfs /run
  mkdir -p /etc/ward
  mkdir -m 0700 /run/ward
  tpm=device:/dev/tpmrm0
  if [[ ! -e /dev/tpmrm0 ]]; then
    mkdir "$work/tpm"
    tpm=swtpm:$work/tpm/socket
    start_tpm
  fi
  integrity=memory
  if [[ -e /dev/mapper/control ]]; then integrity=dm-verity; fi
  trap node_end EXIT
}

# cover DIRECTORY: from here on it takes writes in RAM.
cover() {
  mkdir -p "$work/cover$1/upper" "$work/cover$1/work"
  mount -t overlay -o "lowerdir=$1,upperdir=$work/cover$1/upper,workdir=$work/cover$1/work" overlay "$1"
}

# start_tpm: starts the node's swtpm, with the state that it has.
start_tpm() {
  swtpm socket --tpm2 --server "type=unixio,path=$work/tpm/socket" --ctrl "type=unixio,path=$work/tpm/control" \
    --tpmstate "dir=$work/tpm" --flags not-need-init,startup-clear --daemon --pid "file=$work/tpm/pid"
}

# end_tpm: ends the node's swtpm, where it has one; its state stays in $work/tpm.
end_tpm() {
  local pid
  [[ -e $work/tpm/pid ]] || return 0
  pid=$(<"$work/tpm/pid")
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

# reset_tpm: a vTPM as after a boot, whose registers are zero: a swtpm of the node's own, also where the machine has a
# vTPM.
reset_tpm() {
  end_tpm
  mkdir -p "$work/tpm"
  tpm=swtpm:$work/tpm/socket
  start_tpm
}

# configure [MEMBER...]: writes the node configuration; a further member is given as `"key":value`.
configure() {
  local member further=
  for member; do further+=,$member; done
  printf '{"tpm":"%s","images":["%s"],"verity":"%s"%s}\n' "$tpm" "$images" "$bin/ward-verity" "$further" \
    >/etc/ward/ward.json
}

node_end() {
  local id
  for id in $(ward list -q 2>/dev/null); do ward delete --force "$id" >/dev/null 2>&1; done
  wardctl image close --all >/dev/null 2>&1
  if [[ -e $work/tpm/pid ]]; then kill "$(cat "$work/tpm/pid")" 2>/dev/null; fi
  umount --lazy /etc /var/lib "$work" 2>/dev/null
  rmdir "$work"
}
