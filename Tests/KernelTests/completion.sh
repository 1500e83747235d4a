#!/usr/bin/env bash
# The completions, loaded into the shells themselves.
# The same on any kernel: not repeated in the VM.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
configure
# shellcheck source=../../Hack/lib/packages.sh
source "$checkout/Hack/lib/packages.sh"

# shell NAME: whether the shell is there; a case is skipped where not.
shell() {
  local output
  output=$(require_packages "$1" 2>&1) || {
    skip "$1" "the package is missing and cannot be installed: ${output//$'\n'/; }"
    return 1
  }
}

ward completion bash >"$work/ward.bash"
ward completion zsh >"$work/_ward"
ward completion fish >"$work/ward.fish"

# in_bash WORD...: what bash offers for the last word.
in_bash() {
  bash --norc --noprofile -c '
    source "$1"; shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _ward
    [[ ${#COMPREPLY[@]} -eq 0 ]] || printf "%s\n" "${COMPREPLY[@]}"' bash "$work/ward.bash" "$@" 2>&1 | sort | xargs
}
# in_fish LINE
in_fish() { fish --no-config -c 'source $argv[1]; complete --do-complete $argv[2]' "$work/ward.fish" "$1" 2>&1 | cut -f 1 | sort | xargs; }
# in_zsh LINE: what zsh shows in a terminal of its own when Tab is pressed twice.
in_zsh() {
  zsh -f -c '
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "PS1= TERM=dumb; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; unsetopt beep
      zstyle \":completion:*\" list-colors; LISTMAX=1000; COLUMNS=200
      bindkey \"^I\" list-choices; print -r READY"
    text=""
    while zpty -r -m shell line "*READY*READY*"; do break; done
    zpty -w -n shell "$2"$'"'\t'"'
    sleep 1
    while zpty -r -t shell line; do print -rn -- "$line"; done' zsh "$work" "$1" 2>&1 | tr -d '\r'
}
# offers NAME EXPECTED ACTUAL: exactly these words.
offers() { same "$1" "$2" "$3"; }

offers bash-verbs 'start state' "$(in_bash ward st)"
offers bash-verb-after-flags 'kill' "$(in_bash ward --root = /x --log-format json ki)"
offers bash-global-flags '--log --log-format' "$(in_bash ward --log)"
offers bash-choices 'json table' "$(in_bash ward list --format '')"
offers bash-choices-of-a-letter 'json' "$(in_bash ward list -f j)"
offers bash-choices-after-an-equals-sign 'json text' "$(in_bash ward --log-format =)"
offers bash-attached-value 'text' "$(in_bash ward --log-format = t)"
offers bash-flags-of-a-verb '--all' "$(in_bash ward kill --a)"
offers bash-shells 'bash fish zsh' "$(in_bash ward completion '')"
offers bash-help 'exec' "$(in_bash ward help ex)"
offers bash-directories "$work" "$(in_bash ward create --bundle "${work%?}")"
check bash-knows-the-command bash --norc -c 'source "$1" && complete -p ward' bash "$work/ward.bash"
for verb in $(ward --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]\+\) .*/\1/p'); do
  offers "bash-flags-of-$verb" "$(ward help "$verb" | sed -n '/^Flags:/,/^$/s/^ .*\(--[a-z0-9-]*\).*/\1/p' | sort | xargs)" \
    "$(in_bash ward "$verb" --)"
done

if shell fish; then
  offers fish-verbs 'start state' "$(in_fish 'ward st')"
  offers fish-choices 'json table' "$(in_fish 'ward list --format ')"
  offers fish-flags-of-a-verb '--all' "$(in_fish 'ward kill --a')"
  offers fish-global-flags '--log --log-format' "$(in_fish 'ward --log')"
  offers fish-shells 'bash fish zsh' "$(in_fish 'ward completion ')"
fi

if shell zsh; then
  check zsh-syntax zsh -n "$work/_ward"
  output=$(in_zsh 'ward st')
  same zsh-verbs yes "$([[ $output == *start*state* ]] && echo yes || echo "$output")"
  output=$(in_zsh 'ward list --format=')
  same zsh-choices yes "$([[ $output == *json*table* ]] && echo yes || echo "$output")"
  output=$(in_zsh 'ward kill --')
  same zsh-flags-of-a-verb yes "$([[ $output == *--all*--help* ]] && echo yes || echo "$output")"
  output=$(in_zsh 'ward completion ')
  same zsh-shells yes "$([[ $output == *bash*fish*zsh* ]] && echo yes || echo "$output")"
fi
finish
