"""What a kubelet asks of containerd or CRI-O for a pod of a manifest: prints the requests, and makes the files on the node.

usage: kubelet.py MANIFEST UID [SECRET/KEY=VALUE...]

Printed is `{"sandbox": PodSandboxConfig, "containers": [{name, kind, config, startup, readiness, preStop}, ...]}`, in the
order in which kubelet starts them; kind is init, sidecar or main. The pod's address is not known yet: `@POD_IP@` stands
for it. What kubelet 1.33 does is followed in kubelet_pods.go (variables, volumes, files) and in the kuberuntime_*.go files
(the rest); of the fields of manifests only those that the examples have are known.
"""

import json
import os
import sys

import yaml

manifest, uid, *given = sys.argv[1:]
objects = list(yaml.safe_load_all(open(manifest)))
workload = next(each for each in objects if "containers" in str(each.get("spec", "")))
template = workload["spec"].get("template", workload)
spec = template["spec"]
name = workload["metadata"]["name"] + ("" if workload["kind"] == "Pod" else "-66d9c4f8b5-k7z2d")
namespace = workload["metadata"].get("namespace", "default")
labels = template["metadata"].get("labels", {})
context = spec.get("securityContext", {})
folder = f"/var/lib/kubelet/pods/{uid}"
processes = {"pid": 0 if spec.get("shareProcessNamespace") else 1}
names = {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.uid": uid}
maps = {each["metadata"]["name"]: each["data"] for each in objects if each["kind"] == "ConfigMap"}
secrets = dict(each.split("=", 1) for each in given)
PROFILES = {"RuntimeDefault": {"profile_type": 0}, "Unconfined": {"profile_type": 1}}
MASKED = ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
          "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"]
READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
SUFFIXES = {"m": 0.001, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
CAPACITY = 16 << 30


def amount(text):
    for suffix, factor in SUFFIXES.items():
        if str(text).endswith(suffix):
            return float(text[:-len(suffix)]) * factor
    return float(text)


def write(path, text=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def service_variables():
    """Those of the API server's Service, and of the namespace's where the pod wants them; with addresses made up here."""
    services = [{"metadata": {"name": "kubernetes"}, "spec": {"ports": [{"name": "https", "port": 443}]}}]
    if spec.get("enableServiceLinks", True):
        services += [each for each in objects if each["kind"] == "Service"]
    found = {}
    for index, service in enumerate(services):
        prefix, address = service["metadata"]["name"].upper().replace("-", "_"), f"10.96.0.{index + 1}"
        ports = service["spec"]["ports"]
        found[f"{prefix}_SERVICE_HOST"] = address
        found[f"{prefix}_SERVICE_PORT"] = f"{ports[0]['port']}"
        found[f"{prefix}_PORT"] = f"tcp://{address}:{ports[0]['port']}"
        for port in ports:
            number, link = port["port"], f"{prefix}_PORT_{port['port']}_TCP"
            found[f"{prefix}_SERVICE_PORT_{port['name'].upper()}"] = f"{number}"
            found |= {link: f"tcp://{address}:{number}", f"{link}_PROTO": "tcp", f"{link}_PORT": f"{number}",
                      f"{link}_ADDR": address}
    return found


def value(source, container):
    match source:
        case {"configMapKeyRef": {"name": map, "key": key}}:
            return maps[map][key]
        case {"secretKeyRef": {"name": secret, "key": key}}:
            return secrets[f"{secret}/{key}"]
        case {"fieldRef": {"fieldPath": "status.podIP"}}:
            return "@POD_IP@"
        case {"fieldRef": {"fieldPath": path}} if path.startswith("metadata.labels['"):
            return labels[path[17:-2]]
        case {"resourceFieldRef": {"resource": path, "divisor": divisor}}:
            kind, resource = path.split(".")
            return str(int(amount(container["resources"][kind][resource]) / amount("1" + divisor.lstrip("1"))))


def variables(container):
    found = {}
    for source in container.get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]]
    for each in container.get("env", []):
        found[each["name"]] = each["value"] if "value" in each else value(each["valueFrom"], container)
    return found | {key: text for key, text in service_variables().items() if key not in found}


def expand(texts, known):
    for key, text in known.items():
        texts = [each.replace(f"$({key})", text) for each in texts]
    return texts


def mounts(container):
    volumes = {each["name"]: each for each in spec.get("volumes", [])}
    found = []
    for mount in container.get("volumeMounts", []):
        each = {"container_path": mount["mountPath"], "readonly": mount.get("readOnly", False)}
        match volumes[mount["name"]]:
            case {"emptyDir": _, "name": volume}:
                path = f"{folder}/volumes/kubernetes.io~empty-dir/{volume}"
                os.makedirs(path, exist_ok=True)
                each["host_path"] = path
            case {"configMap": {"name": map}, "name": volume}:
                each["host_path"] = f"{folder}/volumes/kubernetes.io~configmap/{volume}"
                for key, text in maps[map].items():
                    write(f"{each['host_path']}/{key}", text)
            case {"image": {"reference": reference}}:
                each |= {"image": {"image": reference}, "readonly": True}
        found.append(each)
    log = f"{folder}/containers/{container['name']}/4f1d2c9a"
    write(log)
    return found + [{"container_path": "/etc/hosts", "host_path": f"{folder}/etc-hosts"},
                    {"container_path": "/dev/termination-log", "host_path": log}]


def resources(container):
    limits = container.get("resources", {}).get("limits", {})
    requests = limits | container.get("resources", {}).get("requests", {})
    found = {"cpu_period": 100000, "cpu_shares": max(2, int(amount(requests.get("cpu", 0)) * 1024)),
             "oom_score_adj": min(999, max(3, int(1000 - 1000 * amount(requests.get("memory", 0)) / CAPACITY)))}
    if "cpu" in limits:
        found["cpu_quota"] = int(amount(limits["cpu"]) * 100000)
    if "memory" in limits:
        found["memory_limit_in_bytes"] = int(amount(limits["memory"]))
    return found


def security(container):
    own = context | container.get("securityContext", {})
    groups = context.get("supplementalGroups", []) + ([context["fsGroup"]] if "fsGroup" in context else [])
    profile = {"apparmor": PROFILES[own["appArmorProfile"]["type"]]} if "appArmorProfile" in own else {}
    return profile | {
        "namespace_options": processes, "run_as_user": {"value": own["runAsUser"]},
        "run_as_group": {"value": own["runAsGroup"]}, "readonly_rootfs": own.get("readOnlyRootFilesystem", False),
        "no_new_privs": not own.get("allowPrivilegeEscalation", True), "supplemental_groups": groups,
        "supplemental_groups_policy": int(context.get("supplementalGroupsPolicy") == "Strict"),
        "capabilities": {"add_capabilities": own.get("capabilities", {}).get("add", []),
                         "drop_capabilities": own.get("capabilities", {}).get("drop", [])},
        "masked_paths": MASKED, "readonly_paths": READONLY,
        "seccomp": PROFILES[own.get("seccompProfile", {}).get("type", "Unconfined")]}


def probe(container, kind):
    """Probes see the variables as they are written, and nothing for those that come from somewhere."""
    written = {each["name"]: each.get("value", "") for each in container.get("env", [])}
    return expand(container[kind]["exec"]["command"], written) if "exec" in container.get(kind, {}) else None


def annotations(container):
    found = {"container.hash": "5d3c7c2a", "container.restartCount": "0",
             "container.terminationMessagePath": "/dev/termination-log",
             "container.terminationMessagePolicy": "File",
             "pod.terminationGracePeriod": str(spec.get("terminationGracePeriodSeconds", 30))}
    if "preStop" in container.get("lifecycle", {}):
        found["container.preStopHandler"] = json.dumps(container["lifecycle"]["preStop"], separators=(",", ":"))
    if "ports" in container:
        ports = [{"protocol": "TCP"} | each for each in container["ports"]]
        found["container.ports"] = json.dumps(ports, separators=(",", ":"))
    return {f"io.kubernetes.{key}": text for key, text in found.items()}


def request(container, kind):
    known = variables(container)
    ours = names | {"io.kubernetes.container.name": container["name"]}
    return {
        "name": container["name"], "kind": kind, "startup": probe(container, "startupProbe"),
        "readiness": probe(container, "readinessProbe"), "preStop": probe(container.get("lifecycle", {}), "preStop"),
        "config": {
            "metadata": {"name": container["name"]}, "image": {"image": container["image"]},
            "command": expand(container.get("command", []), known), "args": expand(container.get("args", []), known),
            "envs": [{"key": key, "value": text} for key, text in known.items()], "mounts": mounts(container),
            "labels": ours, "annotations": annotations(container), "log_path": f"{container['name']}/0.log",
            "linux": {"resources": resources(container), "security_context": security(container)}}}


sandbox = {
    "metadata": {"name": name, "uid": uid, "namespace": namespace}, "hostname": name, "labels": labels | names,
    "annotations": {"kubernetes.io/config.seen": "2026-11-21T09:14:07.412201394Z", "kubernetes.io/config.source": "api"},
    "log_directory": f"/var/log/pods/{namespace}_{name}_{uid}", "dns_config": {"servers": ["10.96.0.10"]},
    "linux": {"cgroup_parent": f"/kubepods/burstable/pod{uid}",
              "security_context": {"namespace_options": processes, "seccomp": {"profile_type": 0}}}}
for member, field in [("run_as_user", "runAsUser"), ("run_as_group", "runAsGroup")]:
    if field in context:
        sandbox["linux"]["security_context"][member] = {"value": context[field]}
for each in spec.get("initContainers", []) + spec["containers"]:
    os.makedirs(f"{sandbox['log_directory']}/{each['name']}", exist_ok=True)
write(f"{folder}/etc-hosts", "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n")
kinds = [("sidecar" if "restartPolicy" in each else "init", each) for each in spec.get("initContainers", [])]
kinds += [("main", each) for each in spec["containers"]]
print(json.dumps({"sandbox": sandbox, "containers": [request(each, kind) for kind, each in kinds]}))
