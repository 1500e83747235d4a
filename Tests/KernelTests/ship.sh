#!/usr/bin/env bash
# Records that go to a vsock, as to the host or another virtual machine: here the listener is in the same one.
# shellcheck disable=SC2154 # work comes from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
configure '"decisionLog":{"ship":["vsock:1:5514"]}'
cd "$work" || exit 1

# listen FILE COUNT: writes so many lines that come to the port into the file.
listen() {
  timeout 20 python3 -c '
import socket, sys
server = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
server.bind((socket.VMADDR_CID_ANY, 5514))
server.listen()
server.settimeout(10)
open(sys.argv[1] + ".bound", "w")
connection, _ = server.accept()
with open(sys.argv[1], "wb") as taken, connection.makefile("rb") as lines:
    for _ in range(int(sys.argv[2])):
        taken.write(lines.readline())' "$1" "$2" &
  for _ in {1..100}; do [[ ! -e $1.bound ]] || return; sleep 0.1; done
}

if ! modprobe vsock_loopback 2>/dev/null; then
  skip vsock 'this kernel delivers no vsock to itself'
  finish
fi
mkdir -p bundle/rootfs
ward spec --bundle bundle
for ((number = 0; number < 3; number++)); do
  refuses "denied-$number" WARD-POLICY-MISSING ward create --bundle bundle "box$number"
done
refuses ship-without-a-listener vsock:1:5514 wardctl denials ship --once
listen taken 3
check ship wardctl denials ship --once
wait
same each-record-is-sent "$(wardctl denials list --json | jq -c '[.[].sequence]')" "$(jq -sc 'map(.sequence)' taken)"
same each-as-it-stands-in-the-log "$(jq -c 'del(.request)' /run/ward/decisions.jsonl)" "$(jq -c . taken)"
finish
