#!/usr/bin/env bash
# What ward does before it does anything: a command that enters or makes a container executes itself again from a
# read-only mount, at once and once; others, and those that lie on such a mount, do not; and nothing is searched for
# beside the program.
# The same on any kernel: not repeated in the VM.
# shellcheck source=harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
if ! command -v strace >/dev/null; then
  skip startup 'strace is not installed'
  finish
fi
# shellcheck disable=SC2154 # work, tpm and bin come from node
mkdir "$work/there" "$work/readonly"
mount --bind "$bin" "$work/readonly"
mount -o remount,bind,ro "$work/readonly"

# trace PROGRAM ARGUMENT...: system calls that name a file, in $work/trace. The commands fail: there is no container.
trace() { strace -f -o "$work/trace" -e trace=%file "$@" >/dev/null 2>&1; }

# executions: how often the trace executes a program.
executions() { grep -c 'execve' "$work/trace"; }

# first: the files that are named before the program is executed again.
first() { sed -n '2,/execveat/{/execveat/!s/^[^"]*"\([^"]*\)".*/\1/p}' "$work/trace" | sort -u | paste -sd ' '; }

for verb in create run exec; do
  for flags in '' '--root /run/one' '--root=/run/one --systemd-cgroup' '-log /tmp/log'; do
    # shellcheck disable=SC2086 # several words
    trace ward $flags "$verb" x
    same "$verb-executes-itself-again${flags:+ $flags}" 2 "$(executions)"
    # The empty name is that of a descriptor; the C library looks at the program's own path.
    same "$verb-does-so-first${flags:+ $flags}" ' /proc/self/exe' "$(first)"
  done
  trace "$work/readonly/ward" "$verb" x
  same "$verb-from-a-read-only-mount-does-not" 1 "$(executions)"
done
for command in 'state x' 'start x' 'kill x KILL' 'delete x' '--version' '--root exec state x' '--log /tmp/log state exec'; do
  # shellcheck disable=SC2086 # several words
  trace ward $command
  same "no-second-execution: $command" 1 "$(executions)"
done
# A single use of Swift's string processing would link it all, and have each start relocate it.
same no-regular-expressions-are-linked 0 "$(grep -c _RegexParser "$bin/ward")"
# The Swift runtime's own start would look for a crash handler there, to run it.
trace ward --version
same nothing-is-searched-for-beside-it '' "$(grep -E 'swift|libexec' "$work/trace" | tail -n +2)"
finish
