#!/usr/bin/env bash
# The command line that callers of an OCI runtime know: ward and runc (this Debian's, and the newest of Debian sid where
# the mirror can be reached) do the same things side by side, and what callers read of it is compared. contract.py has
# the cases, and the reason for each difference.
# The same on any kernel: not repeated in the VM.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
admit_all
# shellcheck source=../../Hack/lib/peers.sh
source "$checkout/Hack/lib/peers.sh"

peers=()
if require_packages runc >"$work/packages" 2>&1; then
  peers+=("runc=$(command -v runc)")
else
  skip contract-with-runc "the package is missing and cannot be installed: $(tr '\n' ';' <"$work/packages")"
fi
if newest=$(peer_programs sid crun runc 2>"$work/packages"); then
  peers+=("newest=$newest/runc")
else
  skip contract-with-the-newest-runc "$(tr '\n' ';' <"$work/packages")"
fi
python3 -B "$(dirname "${BASH_SOURCE[0]}")/contract.py" "$work" "ward=$(command -v ward)" "${peers[@]}" || failed=1
finish
