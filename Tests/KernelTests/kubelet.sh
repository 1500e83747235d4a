# shellcheck shell=bash
# Sourced by the tests in which a kubelet of our own asks for pods: the calls that it makes, and the pods of
# Manifests/examples. The pod's sandbox is $sandbox, the container that calls are about is $box, the policy is $policy.
# shellcheck disable=SC1083,SC2093,SC2154 # work, checkout, examples, uid and answer come from node, the test and call

client=''
# start_client SOCKET: what calls are made with.
start_client() {
  coproc /usr/bin/python3 "$checkout/Tests/KernelTests/cri.py" "$1" 2>>"$work/client.log"
  client=$COPROC_PID
}
end_client() {
  [[ -n $client ]] || return 0
  exec {COPROC[1]}>&-
  wait "$client"
  client=
}

# check_here NAME COMMAND...: check, in this shell: the command sets variables.
check_here() {
  local name=$1
  shift
  if "$@" >"$work/said" 2>&1; then ok "$name"; else not_ok "$name" "$* failed: $(tr '\n' ';' <"$work/said")"; fi
}
# call METHOD JSON: one call; the answer is in $answer, or the error on standard output.
call() {
  answer=
  printf '%s %s\n' "$1" "$(tr -d '\n' <<<"$2")" >&"${COPROC[1]}"
  local reply
  IFS= read -r -t 90 reply <&"${COPROC[0]}" || reply='error: no answer'
  if [[ $reply == "ok "* ]]; then answer=${reply#ok }; else
    echo "$1: $reply"
    return 1
  fi
}
# of FILTER: a part of the answer.
of() { jq --raw-output "$1" <<<"$answer"; }

remove_pod() {
  call StopPodSandbox "{\"pod_sandbox_id\": \"$sandbox\"}" && call RemovePodSandbox "{\"pod_sandbox_id\": \"$sandbox\"}"
}
# exec_in COMMAND...: in the container.
exec_in() {
  call ExecSync "$(jq --compact-output --null-input --arg id "$box" \
    '{container_id: $id, cmd: $ARGS.positional, timeout: 20}' --args -- "$@")"
}
status() { call ContainerStatus "{\"container_id\": \"$box\"}" && of "$1"; }
# ends: the container has ended; its exit code and reason.
ends() {
  local now
  for _ in {1..100}; do
    now=$(status '"\(.status.state) \(.status.exit_code) \(.status.reason)"')
    [[ $now != 2\ * ]] || break
    sleep 0.1
  done
  echo "${now#2 }"
}
# denied NAME CODE COMMAND...: refused by the policy, said to the caller and on record.
denied() {
  local name=$1 code=$2
  shift 2
  if "$@" >"$work/said" 2>&1; then
    not_ok "$name" "$* was admitted"
  elif ! grep --quiet "permission denied by policy $policy: .*$code" "$work/said"; then
    not_ok "$name" "expected $code, got: $(<"$work/said")"
  elif ! wardctl denials list | tail -n 1 | grep --quiet "$code"; then
    not_ok "$name" "no record: $(wardctl denials list | tail -n 1)"
  else
    ok "$name"
  fi
}

# For the pods of the examples: what kubelet asks for is $requests, and the test keeps files with `keep ID NAME`.

# pod NAME: what kubelet asks for, and the files that it makes.
pod() {
  /usr/bin/python3 "$checkout/Tests/KernelTests/kubelet.py" "$examples/$1/manifest.yaml" "$uid" \
    proxy-token/token=hvs.CAESIJ
}
# create NAME [FILTER]: a container of the pod whose requests are in $requests, changed by the filter.
create() {
  box=
  call CreateContainer "$(jq --compact-output --arg name "$1" --arg id "$sandbox" "
    {pod_sandbox_id: \$id, config: (.containers[] | select(.name == \$name).config | ${2:-.}), sandbox_config: .sandbox}" \
    <<<"$requests")" && box=$(of .container_id)
}
run_sandbox() {
  call RunPodSandbox "$(jq --compact-output '{config: .sandbox, runtime_handler: "ward"}' <<<"$requests")" || return
  sandbox=$(of .pod_sandbox_id)
  keep "$sandbox" sandbox
  call PodSandboxStatus "{\"pod_sandbox_id\": \"$sandbox\"}" || return
  ip=$(of .status.network.ip)
  requests=${requests//@POD_IP@/$ip}
}
# probe KIND: the container's own command of that kind, until it is well.
probe() {
  local command
  mapfile -t command < <(jq --raw-output --arg name "$container" --arg kind "$1" \
    '.containers[] | select(.name == $name)[$kind][]?' <<<"$requests")
  ((${#command[@]})) || return 0
  for _ in {1..120}; do
    exec_in "${command[@]}" || return
    [[ $(of .exit_code) != 0 ]] || return 0
    sleep 0.5
  done
  return 1
}
# run NAME KIND: as kubelet does: an init container has to end well, a sidecar's start and a container's readiness is
# awaited.
run() {
  local container=$1
  create "$container" && call StartContainer "{\"container_id\": \"$box\"}" || return
  boxes[$1]=$box
  keep "$box" "$1"
  if [[ $2 == init ]]; then [[ $(ends) == '0 Completed' ]]; else probe startup && probe readiness; fi
}
# attack NAME FILTER: another container like that of the pod, but for one change.
attack() { create "$1" "$2 | .metadata.attempt = 1" && call StartContainer "{\"container_id\": \"$box\"}"; }
# Once more, as kubelet does, where the shim was on its way out when it was to kill.
stop_container() {
  local request="{\"container_id\": \"$box\", \"timeout\": 2}"
  call StopContainer "$request" || call StopContainer "$request"
}
