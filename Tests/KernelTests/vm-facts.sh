#!/usr/bin/env bash
# What the other kernel tests build on: the VM has a zeroed TPM, dm-verity that refuses altered blocks, cgroup v2 with
# its controllers, overlayfs, namespaces and loopback TCP.
# shellcheck disable=SC2317 # check calls the functions by name
set -uo pipefail
if [[ -z ${WARD_VM:-} ]]; then
  echo "skip vm-facts: runs in the VM"
  exit 0
fi

failures=0
# check NAME FUNCTION: the function fails with its reason as the last line of its output.
check() {
  local output status
  output=$(set -e; "$2" 2>&1) # in a condition, set -e would have no effect
  status=$?
  if ((status == 0)); then
    echo "ok $1"
  else
    echo "not ok $1: $(tail -n 1 <<<"$output")"
    failures=1
  fi
}
needs() {
  local program
  for program in "${@:2}"; do
    command -v "$program" >/dev/null || { echo "skip $1: $program is not installed"; return 1; }
  done
}

work=$(mktemp -d)
cd "$work" || exit 1

tpm_device() {
  [[ -c /dev/tpmrm0 ]] || { echo "/dev/tpmrm0 is no character device"; return 1; }
  [[ $(</sys/class/tpm/tpm0/tpm_version_major) == 2 ]] || { echo "not a TPM 2.0"; return 1; }
}
policy_register() { # PCR 8 starts at zero in every bank
  export TPM2TOOLS_TCTI=device:/dev/tpmrm0
  local bank
  for bank in sha1 sha256 sha384 sha512; do
    [[ $(tpm2_pcrread "$bank:8") =~ 8\ *:\ 0x0+$ ]] || { echo "$bank:8 is $(tpm2_pcrread "$bank:8" | tr -d '\n')"; return 1; }
  done
  # Extended: SHA256(0^32 || digest).
  local digest expected
  digest=$(sha256sum </dev/null | cut -d ' ' -f 1)
  expected=$(printf '%064d%s' 0 "$digest" | xxd -r -p | sha256sum | cut -d ' ' -f 1)
  tpm2_pcrextend "16:sha256=$digest"
  [[ $(tpm2_pcrread sha256:16) == *0x${expected^^} ]] || { echo "PCR 16: $(tpm2_pcrread sha256:16), not $expected"; return 1; }
}
verity_reads() {
  mkdir source mounted
  head -c 1000000 /dev/urandom >source/file
  mkfs.erofs -T0 image source
  veritysetup format image tree --salt=- --root-hash-file=root-hash
  veritysetup open image genuine tree --root-hash-file=root-hash
  mount -t erofs -o ro /dev/mapper/genuine mounted
  cmp source/file mounted/file
  umount mounted
  veritysetup close genuine
}
verity_refuses() {
  # The last data block belongs to the file: its byte is altered, then read through a new device.
  local size offset read
  size=$(stat -c %s image)
  offset=$((size - 2048))
  cp image altered
  printf '\xff' | dd of=altered bs=1 seek="$offset" conv=notrunc status=none
  cmp -s image altered && printf '\x00' | dd of=altered bs=1 seek="$offset" conv=notrunc status=none
  veritysetup open altered altered tree --root-hash-file=root-hash
  read=$(dd if=/dev/mapper/altered of=/dev/null bs=4096 skip=$((offset / 4096)) count=1 2>&1) &&
    { echo "the altered block was read"; return 1; }
  [[ $read == *"Input/output error"* ]] || { echo "$read"; return 1; }
  veritysetup close altered
}
cgroup_controllers() {
  local controller
  [[ $(stat -f -c %T /sys/fs/cgroup) == cgroup2fs ]] || { echo "/sys/fs/cgroup is no cgroup2"; return 1; }
  mkdir /sys/fs/cgroup/vm-facts
  for controller in cpu cpuset memory pids io; do
    grep -qw "$controller" /sys/fs/cgroup/vm-facts/cgroup.controllers || { echo "$controller is missing"; return 1; }
  done
  echo 0 >/sys/fs/cgroup/vm-facts/pids.max
  # Not bash, which tries to fork again and again.
  sh -c 'echo $$ >/sys/fs/cgroup/vm-facts/cgroup.procs; /bin/true; exit 0' && { echo "pids.max has no effect"; return 1; }
  rmdir /sys/fs/cgroup/vm-facts
}
overlay_writes() {
  mkdir lower upper scratch merged
  echo below >lower/file
  mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=scratch overlay merged
  echo above >merged/file
  [[ $(<lower/file) == below && $(<upper/file) == above ]] || { echo "the lower file changed"; return 1; }
  umount merged
}
namespaces() {
  [[ $(unshare -Urpfmn --mount-proc sh -c 'echo $$') == 1 ]]
}
loopback() {
  python3 - <<'PYTHON'
import socket
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname(), timeout=10)
connection, _ = listener.accept()
client.sendall(b"through lo")
assert connection.recv(64) == b"through lo"
PYTHON
}
orphans() { # process 1 reaps at once
  local orphan
  orphan=$(sh -c 'sleep 0.2 >/dev/null & echo $!')
  sleep 0.7
  [[ ! -e /proc/$orphan ]] || { echo "process $orphan is still there: $(grep State "/proc/$orphan/status")"; return 1; }
}

check tpm-device tpm_device
needs tpm-registers tpm2_pcrread xxd && check tpm-registers policy_register
if needs verity veritysetup mkfs.erofs; then
  check verity-reads verity_reads
  check verity-refuses-altered-block verity_refuses
fi
check cgroup-v2-controllers cgroup_controllers
check overlayfs overlay_writes
check namespaces namespaces
needs loopback-tcp python3 && check loopback-tcp loopback
check orphans-are-reaped orphans

cd / && rm -rf "$work"
exit "$failures"
