#!/usr/bin/env bash
# A kernel that demands signatures of root hashes, and has a signer that it trusts: a machine whose firmware lists the
# signer's certificate, as its owner has enrolled it. Kernels from 6.13 on take dm-verity's signers from there, so that it
# is one of a newer Debian. This script is the author's part; the node is the VM, and its part is signed/node.sh.
# Boots the VM itself: there is no part for this machine's kernel.
# shellcheck disable=SC2034,SC2154 # work, images and checkout come from node; enforced.sh reads integrity
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
# shellcheck source=../../Hack/vm.d/kernel.sh
source "$checkout/Hack/vm.d/kernel.sh"
cd "$work" || exit 1
cached_kernel sid >/dev/null || { skip signed "the kernel of Debian sid cannot be had" && finish; }

for signer in owner stranger; do
  openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=$signer" -days 2 -keyout $signer.key -out $signer.crt 2>/dev/null
done
integrity=dm-verity
# The newer kernel counts repairs, too.
mkdir model
head -c 64M /dev/urandom >model/weights
compile_box && wardctl image build --output images --lock images.lock --name box --fec-roots 2 --mount-point /model root \
  >/dev/null && wardctl image build --output images --lock images.lock --name model --volume model >/dev/null &&
  sed -i 's|^    scratch: .*|&\n    volumes: {/model: {image: model}}|' policy.yaml &&
  wardctl policy compile --output policy.json policy.yaml >/dev/null || { not_ok policy 'it was not compiled' && finish; }
mkdir other signatures
wardctl image build --volume --output other-images --lock images.lock --name other other >/dev/null
# sign IMAGE SIGNER: prints the signature.
sign() {
  wardctl image sign images.lock "$1" --key "$2.key" --certificate "$2.crt" --output signatures/of >/dev/null &&
    cat signatures/of/*
  rm -r signatures/of
}
sign box owner >signatures/owner
sign box stranger >signatures/stranger
sign other owner >signatures/other
wardctl image sign images.lock model --key owner.key --certificate owner.crt --output images >/dev/null
box_bundle box
# All this lies in a RAM disk that the VM does not see.
mkdir shared
mv images policy.json images.lock signatures box shared
cd "$checkout" && Hack/vm --kernel sid --uefi-db "$work/owner.crt" --out "$work/shared" --timeout 240 -- \
  "$checkout/Tests/KernelTests/signed/node.sh"
exit
