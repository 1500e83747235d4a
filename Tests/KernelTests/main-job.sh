#!/usr/bin/env bash
# The main job as a user runs it: measure, launch the inference pod, ask it, be refused six times, clean up. Here the
# images are checked in memory, in the VM by dm-verity; the vTPM is a swtpm here, the kernel's /dev/tpmrm0 in the VM.
source "$(dirname "$0")/harness.sh"

transcript=$("$checkout/Hack/quickstart" --main-job 2>&1)
status=$?
same 'main-job/ends-well' 0 "$status"
[[ $status -eq 0 ]] || printf '%s\n' "$transcript" | tail -n 20 >&2

# shows NAME TEXT: the transcript has the text.
shows() { if [[ $transcript == *"$2"* ]]; then ok "main-job/$1"; else not_ok "main-job/$1" "\"$2\" is not in the transcript"; fi; }
if [[ -n ${WARD_VM:-} ]]; then
  shows 'integrity' 'integrity: dm-verity'
  shows 'vtpm' 'the vTPM is /dev/tpmrm0'
else
  shows 'integrity' 'integrity: memory'
  shows 'vtpm' "swtpm stands in for the node's vTPM"
fi
shows 'embeddings' 'as published for all-MiniLM-L6-v2'
shows 'refuses-exec' 'WARD-EXEC-UNKNOWN at /args'
shows 'refuses-environment' 'WARD-ENV-UNEXPECTED at /process/env/12'
shows 'refuses-bind-mount' 'WARD-MOUNT-UNEXPECTED at /mounts/11'
shows 'refuses-image' 'WARD-IMAGE-REFERENCE at /annotations/io.kubernetes.cri.image-name'
shows 'refuses-altered-image' 'WARD-IMAGE-CORRUPT'
shows 'refuses-altered-policy' 'WARD-PCR-MISMATCH'
shows 'nothing-left' 'nothing is left: no container, mount, loop or verity device, cgroup or scratch'
finish
