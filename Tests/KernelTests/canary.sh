#!/usr/bin/env bash
# Nothing that a container writes is kept: a word is written wherever a program of the container can write, the container
# ends in every way, and then all file systems and block devices of the machine are searched for it. Memory that the
# kernel has freed, or keeps as page cache of what is gone, cannot be searched from here.
# shellcheck disable=SC2154 # work, images and integrity come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=../../Hack/lib/bare.sh
source "$checkout/Hack/lib/bare.sh"
if [[ -z ${WARD_VM:-} ]]; then
  skip canary 'only a machine of its own is searched whole'
  finish
fi

# The word is nowhere in one piece but where the container puts it.
first_half=canary- second_half=4d1f-$(printf '%08x' $((RANDOM * 32768 + RANDOM)))
word=$first_half$second_half

mkdir -p "$work/root"/{bin,proc,dev,sys,tmp,etc,scratch,run}
cp "$(command -v busybox)" "$work/root/bin/busybox"
for program in sh sleep cat find dd tail dmesg grep; do ln -s busybox "$work/root/bin/$program"; done
touch "$work/root/etc/file"
cat >"$work/root/bin/write" <<'WRITE'
#!/bin/sh
# Writes the word into each directory and file that lets itself be written, then ends as it is told.
word="canary-$WORD"
here=0
for place in $(find / -xdev -type d) $(find /dev /scratch /tmp -type d); do
  echo "$word" 2>/dev/null >"$place/file" && here=$((here + 1))
done
for file in /etc/* /dev/* /proc/self/comm /proc/self/attr/* /proc/sys/kernel/core_pattern /proc/sysrq-trigger; do
  [ "$file" = /dev/stderr ] || [ "$file" = /dev/fd ] || echo "$word" 2>/dev/null >"$file"
done
echo "$word"
cat /proc/sys/kernel/core_pattern >/scratch/pattern 2>/dev/null
dmesg >/scratch/dmesg 2>/dev/null && echo 'dmesg is readable' >&2
grep -F 'core file' /proc/self/limits >&2
echo "wrote $here" >&2
# A signal that it sends itself does not end the first process of a pid namespace: a stack that overflows does.
fall() { fall; }
case $MODE in
  exit) exit 0 ;;
  crash) fall ;;
  memory) exec tail /dev/zero ;;
esac
sleep 1000
WRITE
chmod 755 "$work/root/bin/"*
wardctl image build --output "$images" --lock "$work/images.lock" --name box "$work/root" >/dev/null
cat >"$work/policy.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: canary, version: 1}
platform: bare-1
images: images.lock
integrity: $integrity
containers:
  box:
    image: box
    args: [/bin/write]
    env: {PATH: /bin, MODE: {pattern: "{dnsLabel}"}, WORD: {pattern: "{dnsLabel}"}}
    user: {uid: 0, gid: 0}
    scratch: {/: {size: 2Mi}, /scratch: {size: 1Mi}, /tmp: {size: 1Mi, exec: true}}
    limits: {memory: {range: [1Mi, 64Mi]}}
    signals: [TERM, KILL]
    stdio: {stdout: deny, stderr: allow}
    instances: 1
POLICY

# A disk that takes writes; what the node itself puts on it is searched, too.
modprobe brd rd_nr=2 rd_size=8192
mkfs.ext4 -q -O ^has_journal /dev/ram0
mkdir "$work/disk"
mount /dev/ram0 "$work/disk"
configure "\"decisionLog\":{\"path\":\"$work/disk/decisions.jsonl\"}"
if ! { wardctl policy compile --output "$work/policy.json" "$work/policy.yaml" &&
  wardctl measure --bundle "$work/policy.json"; } >"$work/said" 2>&1; then
  not_ok measure "$(<"$work/said")"
  finish
fi

# kept: the tops of all file systems that keep what is written, as process 1 and this one see them, each once, and
# the files that were written to the machine's root. Not those of the host, where the machine cannot write.
kept() {
  awk '{
    for (i = 7; $i != "-"; i++);
    if (!seen[$3]++ && $(i + 1) ~ /^(tmpfs|devtmpfs|ramfs|ext[234]|erofs|mqueue)$/)
      print (FILENAME ~ "self" ? "" : "/proc/1/root") $5
  }' /proc/1/mountinfo /proc/self/mountinfo
}
# found: every place where the word is, but for the memory of processes.
found() {
  local place device
  sync
  for place in $(kept); do
    find "$place" -xdev -type f -print0 2>/dev/null | xargs -0 -r grep -lF -- "$word" 2>/dev/null
  done
  for device in /sys/block/*; do
    (($(<"$device/size") > 0)) || continue
    grep -qF -- "$word" "/dev/${device##*/}" 2>/dev/null && echo "/dev/${device##*/}"
  done
  grep -qF -- "$word" /proc/sys/kernel/core_pattern && echo core_pattern
  dmesg | grep -qF -- "$word" && echo dmesg
}

# The search finds what is there: in RAM, on the machine's root, on a disk, and where no file system is.
printf '%s\n' "$word" | tee "$work/control" /root/control "$work/disk/control" /dev/shm/control | dd of=/dev/ram1 status=none
same search-finds-files-and-devices "$(printf '%s\n' "$work/control" "$work/disk/control" /dev/ram0 /dev/ram1 \
  /proc/1/root/dev/shm/control /proc/1/root/run/ward-vm-written/root/control | sort | xargs)" "$(found | sort | xargs)"
rm "$work/control" /root/control "$work/disk/control" /dev/shm/control
# Also from the blocks that were freed.
umount "$work/disk"
dd if=/dev/zero of=/dev/ram1 bs=64k count=16 status=none
dd if=/dev/zero of=/dev/ram0 bs=1M count=8 status=none
mkfs.ext4 -q -O ^has_journal /dev/ram0
mount /dev/ram0 "$work/disk"

# A program of the node that takes core dumps, and does so.
cat >/dev/shm/collect <<'COLLECT'
#!/bin/bash
cat >"/dev/shm/core.$1"
COLLECT
chmod 755 /dev/shm/collect
pattern='|/dev/shm/collect %p'
echo "$pattern" >/proc/sys/kernel/core_pattern
ulimit -c unlimited
{ bash -c 'kill -SEGV $$'; } 2>/dev/null
cores() { find /dev/shm -name 'core.*'; }
for ((try = 0; try < 50; try++)); do [[ -z $(cores) ]] || break; sleep 0.1; done
same node-takes-core-dumps 1 "$(cores | wc -l)"
rm -f /dev/shm/core.*

mkdir -p "$work/box/rootfs"
prepare() {
  bare_config '.process.args = ["/bin/write"] | .process.env = ["PATH=/bin", "MODE='"$1"'", "WORD='"$second_half"'"] |
    .process.user = {uid: 0, gid: 0} | .root.readonly = false | .linux.resources.memory = {limit: 33554432}' \
    >"$work/box/config.json"
  : >"$work/stderr"
  : >"$work/stdout"
}
create() { "$@" ward create --bundle "$work/box" box </dev/null >>"$work/stdout" 2>>"$work/stderr"; }
# killed NUMBER COMMAND...: ends it at the system call of that number.
killed() { strace -qq -o /dev/null -e trace=all -e inject=all:signal=KILL:when="$1" "${@:2}"; }
status() { ward state box 2>/dev/null | jq -r .status; }
# until_is VALUE COMMAND...: waits for that output.
until_is() {
  local try
  for ((try = 0; try < 150; try++)); do
    [[ $("${@:2}") != "$1" ]] || return 0
    sleep 0.1
  done
  return 1
}
wrote() { grep -c '^wrote' "$work/stderr"; }

namespaces() { lsns --noheadings --type mnt --output NS | sort; }
before=$(namespaces)
for mode in exit kill crash memory create commands run; do
  prepare "$mode"
  case $mode in
    exit | kill | crash | memory) create && ward start box ;;
    # Created and never started: nothing of it runs, and what is there somebody else of the node has put there.
    create)
      create
      pid=$(ward state box | jq .pid)
      printf '%s\n' "$word" | tee "/proc/$pid/root"/{scratch,tmp,etc}/file >/dev/null
      check created-container-has-it grep -qF -- "$word" "/proc/$pid/root"/{scratch,tmp,etc}/file
      kill -KILL "$pid"
      ;;
    # ward ends in the middle of a command, and from then on it is another's to clear up.
    commands)
      create
      killed 60 ward start box >/dev/null 2>&1
      ward start box || true
      ;;
    run)
      ward run --bundle "$work/box" box </dev/null >>"$work/stdout" 2>>"$work/stderr" &
      runner=$!
      ;;
  esac 2>>"$work/stderr"
  [[ $mode == create ]] || until_is 1 wrote || not_ok "$mode-writes" "$(<"$work/stderr")"
  case $mode in
    exit | crash | memory) until_is stopped status || not_ok "$mode" "it did not end: $(<"$work/stderr")" ;;
    kill)
      pid=$(ward state box | jq .pid)
      check container-has-it-while-it-lives grep -qF -- "$word" "/proc/$pid/root/scratch/file" "/proc/$pid/root/etc/file"
      ward kill box KILL
      until_is stopped status || not_ok kill 'it did not end'
      ;;
    commands) killed 60 ward delete --force box >/dev/null 2>&1 ;;
    run)
      kill -9 "$runner"
      wait "$runner" 2>/dev/null
      ;;
    create) ;;
  esac
  [[ $mode != exit ]] || same written-to-the-root-and-each-disk yes "$(
    if (($(sed -n 's/^wrote //p' "$work/stderr") > 8)); then echo yes; else cat "$work/stderr"; fi)"
  ward delete --force box
  # A search takes seconds: it is made after several ends.
  [[ $mode != memory && $mode != run ]] || same "nothing-is-left-up-to-$mode" '' "$(found | xargs)"
done
same no-namespace-is-left "$before" "$(namespaces)"
same stdout-is-denied 0 "$(stat -c %s "$work/stdout")"
same core-dumps-are-off 'Max core file size 1 1 bytes' "$(grep -F 'core file' "$work/stderr" | head -n 1 | xargs)"
same no-core-dump-was-taken '' "$(cores)"
same core-pattern-is-out-of-reach "$pattern" "$(cat /proc/sys/kernel/core_pattern)"
same kernel-log-is-restricted '' "$(grep -F 'dmesg is readable' "$work/stderr")"

# Where the kernel cannot keep a RAM disk out of swap, there is none while swap is on.
if [[ $(printf '%s\n' 6.4 "$(uname -r)" | sort -V | head -n 1) == 6.4 ]]; then
  skip swap-refuses 'this kernel keeps it out of swap'
else
  dd if=/dev/zero of=/dev/ram1 bs=1M count=8 status=none
  mkswap -q /dev/ram1 2>/dev/null || mkswap /dev/ram1 >/dev/null
  swapon /dev/ram1
  prepare exit
  refuses swap-refuses 'without swap' ward create --bundle "$work/box" box
  swapoff /dev/ram1
fi
finish
