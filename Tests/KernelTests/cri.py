"""A kubelet of one's own: calls methods of the Container Runtime Interface, version 1, one a line.

usage: cri.py SOCKET

Standard input has lines `METHOD JSON`, with the names of the interface as members; for each a line comes back: `ok JSON`
or `error CODE MESSAGE`. The process stays, for a call that started Python anew would take most of its time for that.
Only the messages and fields that the tests need are known; what else an answer holds is left out of it.
"""

import json
import sys

import grpc

# Each message: its fields by name, as (number, type). A type is `int`, `str`, `bytes`, a message's name, [TYPE] for a
# repeated field, or {TYPE} for a map from strings.
MESSAGES = {
    "Int64Value": {"value": (1, int)},
    "KeyValue": {"key": (1, str), "value": (2, bytes)},
    "Metadata": {"name": (1, str), "attempt": (2, int)},
    "PodMetadata": {"name": (1, str), "uid": (2, str), "namespace": (3, str), "attempt": (4, int)},
    "NamespaceOption": {"network": (1, int), "pid": (2, int), "ipc": (3, int)},
    "SecurityProfile": {"profile_type": (1, int), "localhost_ref": (2, str)},
    "PodSecurity": {
        "namespace_options": (1, "NamespaceOption"), "run_as_user": (3, "Int64Value"), "readonly_rootfs": (4, int),
        "privileged": (6, int), "run_as_group": (8, "Int64Value"), "seccomp": (9, "SecurityProfile"),
    },
    "Resources": {
        "cpu_period": (1, int), "cpu_quota": (2, int), "cpu_shares": (3, int), "memory_limit_in_bytes": (4, int),
        "oom_score_adj": (5, int), "cpuset_cpus": (6, str), "memory_swap_limit_in_bytes": (10, int),
    },
    "PodLinux": {
        "cgroup_parent": (1, str), "security_context": (2, "PodSecurity"), "sysctls": (3, {str}),
        "overhead": (4, "Resources"), "resources": (5, "Resources"),
    },
    "DNS": {"servers": (1, [str]), "searches": (2, [str]), "options": (3, [str])},
    "PodConfig": {
        "metadata": (1, "PodMetadata"), "hostname": (2, str), "log_directory": (3, str), "dns_config": (4, "DNS"),
        "labels": (6, {str}), "annotations": (7, {str}), "linux": (8, "PodLinux"),
    },
    "Mount": {
        "container_path": (1, str), "host_path": (2, str), "readonly": (3, int), "propagation": (5, int),
        "image": (9, "Image"),
    },
    "Image": {"image": (1, str)},
    "Capability": {"add_capabilities": (1, [str]), "drop_capabilities": (2, [str])},
    "Security": {
        "capabilities": (1, "Capability"), "privileged": (2, int), "namespace_options": (3, "NamespaceOption"),
        "run_as_user": (5, "Int64Value"), "readonly_rootfs": (7, int), "supplemental_groups": (8, [int]),
        "no_new_privs": (11, int), "run_as_group": (12, "Int64Value"), "masked_paths": (13, [str]),
        "readonly_paths": (14, [str]), "seccomp": (15, "SecurityProfile"), "apparmor": (16, "SecurityProfile"),
        "supplemental_groups_policy": (17, int),
    },
    "Linux": {"resources": (1, "Resources"), "security_context": (2, "Security")},
    "Config": {
        "metadata": (1, "Metadata"), "image": (2, "Image"), "command": (3, [str]), "args": (4, [str]),
        "working_dir": (5, str), "envs": (6, ["KeyValue"]), "mounts": (7, ["Mount"]), "labels": (9, {str}),
        "annotations": (10, {str}), "log_path": (11, str), "stdin": (12, int), "tty": (14, int),
        "linux": (15, "Linux"),
    },
    "PodNetwork": {"ip": (1, str)},
    "PodStatus": {"id": (1, str), "state": (3, int), "network": (5, "PodNetwork"), "runtime_handler": (9, str)},
    "Status": {
        "id": (1, str), "state": (3, int), "exit_code": (7, int), "reason": (10, str), "message": (11, str),
    },
    "Cpu": {"usage_core_nano_seconds": (2, "Int64Value")},
    "Memory": {"working_set_bytes": (2, "Int64Value"), "usage_bytes": (4, "Int64Value")},
    "Stats": {"cpu": (2, "Cpu"), "memory": (3, "Memory")},
    "Container": {"id": (1, str), "pod_sandbox_id": (2, str), "state": (6, int)},
}
POD = {"pod_sandbox_id": (1, str)}
ID = {"container_id": (1, str)}
# Each method: the fields of its request and of its answer.
METHODS = {
    "Version": ({"version": (1, str)}, {"runtime_name": (2, str), "runtime_version": (3, str)}),
    "RunPodSandbox": ({"config": (1, "PodConfig"), "runtime_handler": (2, str)}, POD),
    "PodSandboxStatus": (POD, {"status": (1, "PodStatus")}),
    "StopPodSandbox": (POD, {}),
    "RemovePodSandbox": (POD, {}),
    "CreateContainer": (
        {"pod_sandbox_id": (1, str), "config": (2, "Config"), "sandbox_config": (3, "PodConfig")}, ID),
    "StartContainer": (ID, {}),
    "StopContainer": ({"container_id": (1, str), "timeout": (2, int)}, {}),
    "RemoveContainer": (ID, {}),
    "ContainerStatus": (ID, {"status": (1, "Status")}),
    "ContainerStats": (ID, {"stats": (1, "Stats")}),
    "ListContainers": ({}, {"containers": (1, ["Container"])}),
    "UpdateContainerResources": ({"container_id": (1, str), "linux": (2, "Resources")}, {}),
    "ExecSync": (
        {"container_id": (1, str), "cmd": (2, [str]), "timeout": (3, int)},
        {"stdout": (1, bytes), "stderr": (2, bytes), "exit_code": (3, int)}),
}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def encode(fields, value):
    out = b""
    for name, member in value.items():
        number, kind = fields[name]
        if isinstance(kind, list):
            members, kind = member, kind[0]
        elif isinstance(kind, set):
            members = [{"key": key, "value": text} for key, text in member.items()]
            kind = {"key": (1, str), "value": (2, str)}
        else:
            members = [member]
        for member in members:
            if kind is int:
                out += varint(number << 3) + varint(int(member))
            else:
                if kind in (str, bytes):
                    content = member.encode()
                else:
                    content = encode(MESSAGES[kind] if isinstance(kind, str) else kind, member)
                out += varint(number << 3 | 2) + varint(len(content)) + content
    return out


def parts(data):
    """The fields of an encoded message, as (number, value)."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            value = number()
        else:
            length = {1: lambda: 8, 2: number, 5: lambda: 4}[key & 7]()
            value = data[at:at + length]
            at += length
        yield key >> 3, value


def decode(fields, data):
    names = {number: (name, kind) for name, (number, kind) in fields.items()}
    # A number that is 0 is not sent.
    result = {name: 0 for name, (_, kind) in fields.items() if kind is int}
    for number, value in parts(data):
        if number not in names:
            continue
        name, kind = names[number]
        repeated = isinstance(kind, list)
        if repeated:
            kind = kind[0]
        if kind is int:
            value -= (value >> 63) << 64
        elif kind in (str, bytes):
            value = value.decode(errors="replace")
        else:
            value = decode(MESSAGES[kind], value)
        if repeated:
            result.setdefault(name, []).append(value)
        else:
            result[name] = value
    return result


def main():
    channel = grpc.insecure_channel(f"unix:{sys.argv[1]}")
    grpc.channel_ready_future(channel).result(timeout=60)
    for line in sys.stdin:
        method, _, request = line.partition(" ")
        asked, answered = METHODS[method]
        call = channel.unary_unary(f"/runtime.v1.RuntimeService/{method}")
        try:
            answer = call(encode(asked, json.loads(request)), timeout=60)
            print("ok", json.dumps(decode(answered, answer)), flush=True)
        except grpc.RpcError as error:
            print("error", error.code().name, " ".join(error.details().split()), flush=True)


if __name__ == "__main__":
    main()
