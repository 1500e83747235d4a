#!/usr/bin/env bash
# The node's part of corruption.sh, in the VM and as its only task: it does not come to its end.
# shellcheck disable=SC2034,SC2154 # the functions of harness.sh use what stands here
source "$(dirname "${BASH_SOURCE[0]}")/../harness.sh"
work=$WARD_VM_OUT bin=$WARD_BIN images=$WARD_VM_OUT/images tpm=device:/dev/tpmrm0
mkdir -p /etc/ward
mkdir -m 0700 /run/ward
configure "\"onCorruption\":\"$WARD_ON_CORRUPTION\""
check measure wardctl measure --bundle "$work/policy.json"
# The container keeps the streams that it is given.
create() { ward create --bundle "$work/box" box </dev/null >/run/said 2>&1; }
check container-of-the-image create
root=$(jq -r .images.box.rootHash "$work/images.lock")
check other-blocks-are-read grep -q . "/run/ward/images/$root/mount/etc/passwd"
: >"$work/reading"
cat "/run/ward/images/$root/mount/etc/large" >/dev/null 2>&1
: >"$work/read"
