#!/usr/bin/env bash
# The OCI runtime specification, requirement by requirement (Tests/ConformanceTests/REQUIREMENTS.md), for ward alone.
exec "$(dirname "${BASH_SOURCE[0]}")/../ConformanceTests/run"
