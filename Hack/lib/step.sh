# shellcheck shell=bash
# Sourced by scripts that show their progress: one line for each step with the time that it took.

bold='' dim='' green='' red='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'; fi

# step TEXT: announces what comes.
step() {
  step_text=$1
  step_start=${EPOCHREALTIME/./}
  printf '%s%s%s ...\n' "$bold" "$1" "$plain"
}

# done_with [RESULT]: closes the step.
done_with() {
  local passed=$((${EPOCHREALTIME/./} - step_start))
  printf '  %sok%s %s%s(%d.%02d s)%s\n' "$green" "$plain" "${1:+$1 }" "$dim" $((passed / 1000000)) \
    $((passed / 10000 % 100)) "$plain"
}

# show: indents what a program prints.
show() { sed 's/^/  /'; }

# give_up REASON ADVICE: ends the script.
give_up() {
  printf '%sfailed%s: %s: %s\n  %s\n' "$red" "$plain" "${step_text:-}" "$1" "$2" >&2
  exit 1
}
