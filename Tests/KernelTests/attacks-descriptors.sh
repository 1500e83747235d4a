#!/usr/bin/env bash
# Published attacks by way of the runtime's own process and its descriptors: its program file, what it holds open, the
# working directory.
# The same on any kernel: not repeated in the VM.
# shellcheck disable=SC2016,SC2154 # the scripts of the container are its own; names come from the sourced files
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=hostile.sh
source "$(dirname "${BASH_SOURCE[0]}")/hostile.sh"
hostile

# CVE-2016-9962, CVE-2019-5736: a program of the container watches for processes that enter it, and looks into each:
# its program file, its root, its directories, whatever it has open. Once as it usually is, once with the right to trace.
entered() {
  local name=$1 filter=$2 id=$3 entries=0 end
  bundle "$id" "$filter" /bin/attacker watch "$outside/secret" "$race_seconds"
  runtime run --detach --bundle "$work/$id" "$id" </dev/null >"$work/watched" 2>&1 || true
  end=$((SECONDS + race_seconds - 1))
  while ((SECONDS < end)); do
    runtime exec "$id" true </dev/null >/dev/null 2>&1 && entries=$((entries + 1))
  done
  sleep 1.5
  same "$name: $entries processes entered, and none gave the node away" '' "$(grep ESCAPED "$work/watched" | sort | uniq -c | head -n 3)"
  if ((entries > 5)) && grep -q 'seen [1-9]' "$work/watched"; then ok "$name: they were seen"; else
    not_ok "$name: they were seen" "entered $entries times; $(grep -v ESCAPED "$work/watched" | tail -n 3)"
  fi
  runtime delete --force "$id" >/dev/null 2>&1
}
entered 'CVE-2016-9962, CVE-2019-5736: exec' . watcher
entered 'CVE-2016-9962, CVE-2019-5736: exec into a container that may trace' \
  '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])' tracer

# CVE-2019-5736: the kernel is asked to run whatever runs the container, which is then opened for writing.
printf '#!/proc/self/exe --version\n' >"$root/bin/itself"
chmod 755 "$root/bin/itself"
binary=$(sha256sum <"$(command -v "$attacked")")
bundle itself . sleep 100
runtime run --detach --bundle "$work/itself" itself </dev/null >/dev/null 2>&1
for script in '/bin/itself' 'exec 3</proc/self/exe; echo x >/proc/self/fd/3' 'echo x >/proc/self/exe'; do
  runtime exec itself sh -c "$script" </dev/null >/dev/null 2>&1
done
runtime delete --force itself
same 'CVE-2019-5736: the program file is what it was' "$binary" "$(sha256sum <"$(command -v "$attacked")")"

# CVE-2024-21626: a directory of the node is left open, and named as working directory.
for number in 3 5 7 8 9 10; do
  bundle cwd ".process.cwd = \"/proc/self/fd/$number\"" sh -c 'ls .; ls ../../..; cat ../../../../../..'"$outside"/secret
  output=$(launch cwd 5<"$outside" 7</ 8<"$work" 9</run 10</ 2>&1)
  if grep -q secret <<<"$output"; then leak="fd/$number leads to the node"; else leak=''; fi
  same "CVE-2024-21626: cwd /proc/self/fd/$number" '' "$leak"
done
ln -sfn /proc/self/fd/7 "$root/door"
denied 'CVE-2024-21626: cwd through a link of the image' 'door' '.process.cwd = "/door"' 'ls'
bundle passed '.process.cwd = "/proc/self/fd/3"' true
refuses 'CVE-2024-21626: cwd is a descriptor that is passed on' 'working directory' launch passed --preserve-fds 1 3</
bundle leak . /bin/attacker inherited
same 'CVE-2024-21626: no descriptor of the caller or the runtime reaches the program' '' \
  "$(launch leak 3</ 4<"$outside" 9</etc 20</run 99<"$work" 2>&1)"
bundle stay . sleep 100
runtime run --detach --bundle "$work/stay" stay </dev/null >/dev/null 2>&1 5</ 9</etc
same 'CVE-2024-21626: nor one that enters' '' \
  "$(runtime exec stay /bin/attacker inherited 2>&1 </dev/null 3</ 4<"$outside" 9</etc 20</run 99<"$work")"
for number in 3 5 7 9; do
  output=$(runtime exec --cwd "/proc/self/fd/$number" stay sh -c "cat ../../../../../..$outside/secret" 2>&1 </dev/null 3</ 5</ 7</ 9<"$outside")
  if grep -q '^secret' <<<"$output"; then leak="fd/$number leads to the node"; else leak=''; fi
  same "CVE-2024-21626: exec --cwd /proc/self/fd/$number" '' "$leak"
done
jq '.process | .cwd = "/door"' "$work/stay/config.json" >"$work/process.json"
refuses 'CVE-2024-21626: exec --process with a cwd through a link' door runtime exec --process "$work/process.json" stay </dev/null 7</
# The directory is there when it is looked at, and a link to a descriptor of the runtime when it is used.
mkdir -p "$root/there"
ln -sfn /proc/self/fd/7 "$root/gone"
swapping "$root/there" "$root/gone"
bundle race '.process.cwd = "/there"' sh -c "cat ../../../../../..$outside/secret 2>/dev/null && echo ESCAPED; true"
{ race 'CVE-2024-21626: cwd changes places with a link'; } 7</
swapped

# CVE-2022-29162: what exec would keep of inheritable capabilities.
caps='grep CapInh /proc/self/status'
says 'CVE-2022-29162: create leaves nothing inheritable' 'CapInh:	0000000000000000' . "$caps"
same 'CVE-2022-29162: nor does exec with further capabilities' 'CapInh:	0000000000000000' \
  "$(runtime exec --cap CAP_NET_RAW stay sh -c "$caps" 2>&1 </dev/null)"
# PR_CAP_AMBIENT is 47: the caller's own inheritable and ambient capabilities are not the container's.
generous() {
  python3 -c '
import ctypes, os, sys
libc = ctypes.CDLL(None)
class Header(ctypes.Structure): _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
class Data(ctypes.Structure): _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]
header, data = Header(0x20080522, 0), (Data * 2)()
if libc.capget(ctypes.byref(header), data): sys.exit("capget")
for part in data: part.inheritable = part.permitted
if libc.capset(ctypes.byref(header), data): sys.exit("capset")
if libc.prctl(47, 2, 0, 0, 0): sys.exit("ambient")
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}
all='grep -E "Cap(Inh|Amb)" /proc/self/status'
bundle generous . sh -c "$all"
same 'CVE-2022-29162: nor do those of the caller arrive' 'CapInh: 0000000000000000 CapAmb: 0000000000000000' \
  "$(echo $(generous bash -c "$(declare -f runtime launch); attacked=$attacked work=$work number=900; launch generous" 2>&1))"
same 'CVE-2022-29162: nor with exec' 'CapInh: 0000000000000000 CapAmb: 0000000000000000' \
  "$(echo $(generous bash -c "$(declare -f runtime); attacked=$attacked work=$work; runtime exec stay sh -c '$all' </dev/null" 2>&1))"
runtime delete --force stay
untouched 'descriptors'
finish
