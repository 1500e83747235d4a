extension CodePage {
  /// Codes of namespaces, cgroups, devices and other objects of the kernel.
  static let kernelTexts: [Text] = [
    Text(
      "WARD-NAMESPACE", "A namespace is missing, stands twice, or is the node's: the container would see the node.",
      " at /linux/namespaces/0: expected a new pid namespace, got \"/proc/1/ns/pid\"",
      "Leave hostNetwork, hostPID, hostIPC and shareProcessNamespace of the pod unset."),
    Text(
      "WARD-SANDBOX", "The namespaces that are joined must be those of one sandbox that ward launched and that runs.",
      " at /linux/namespaces/4: expected the network namespace of a running sandbox, got \"/proc/1/ns/net\"",
      "The sandbox may have ended: kubelet makes a new one and tries again. Otherwise somebody tries to join a foreign "
        + "namespace."),
    Text(
      "WARD-IDMAP", "Id mappings make a user namespace whose root is somebody else outside.",
      " at /linux/uidMappings: expected nothing, got a value", "Set hostUsers: true. No policy admits it."),
    Text(
      "WARD-TIME-OFFSET", "Clock offsets would let outsiders tell a program another time.",
      " at /linux/timeOffsets: expected nothing, got a value", "Leave them out. No policy admits them."),
    Text(
      "WARD-HOSTNAME", "A name is set where the container does not own it, or is not of the platform's form.",
      " at /hostname: expected a name for a new UTS namespace, got \"web-0\"",
      "In a pod only the sandbox has a host name: leave hostname out of the container's config.json."),
    Text(
      "WARD-SYSCTL", "Kernel parameters of a container are those that the policy states, of namespaces of its own.",
      " at /linux/sysctl/kernel.core_pattern: expected nothing, got \"|/bin/x\"",
      "Take sysctls out of the pod's securityContext, or state the parameter in the policy."),
    Text(
      "WARD-CGROUP-PATH",
      "The cgroup is not where the platform puts this container: limits of others would be its own.",
      " at /linux/cgroupsPath: expected \"/kubepods/{qos}/pod{pod.uid}/{container.id}\", got \"/\"",
      "cgroupDriver of kubelet and containerd must be that of the profile. exec --cgroup is not admitted."),
    Text(
      "WARD-LIMIT", "A limit is missing, beyond its range, or one that neither entry nor platform name.",
      " at /linux/resources/memory/limit: expected a number from 268435456 to 8589934592, got 1",
      "Set resources.limits of the container within limits of the entry, or widen the range there."),
    Text(
      "WARD-RESOURCE", "A setting of a cgroup that could starve the program, or reach outside of it.",
      " at /linux/resources/unified: expected nothing, got a value", "Leave it out. No policy admits it."),
    Text(
      "WARD-DEVICE", "Device nodes are how a program reaches disks, memory and the TPM of the node.",
      " at /linux/devices: expected no devices, got \"/dev/mem\"",
      "Take the device plug-in's resource out of the pod. GPUs are stated under gpu of the entry."),
    Text(
      "WARD-DEVICE-RULES", "The device rules are not those of the platform: one that allows everything opens all.",
      " at /linux/resources/devices: expected those of the platform, got 2 rules, some of them others",
      "Set privileged: false in the pod. No policy admits other rules."),
    Text(
      "WARD-NET-DEVICE", "Network devices of the node are not moved into containers.",
      " at /linux/netDevices: expected nothing, got a value", "Use the pod's network. No policy admits it."),
    Text(
      "WARD-MASKED-PATHS", "Masked paths hide what /proc and /sys tell of the node.",
      " at /linux/maskedPaths: expected \"/proc/keys\", got 9 paths",
      "Set procMount of the pod to Default, and privileged: false."),
    Text(
      "WARD-READONLY-PATHS", "Read-only paths keep settings of the node in /proc from being written.",
      " at /linux/readonlyPaths: expected \"/proc/bus\", got 5 paths",
      "Set procMount of the pod to Default, and privileged: false."),
    Text(
      "WARD-ROOT-PROPAGATION", "With a shared root, mounts of the container would appear on the node.",
      " at /linux/rootfsPropagation: expected private, got shared",
      "Set mountPropagation of the volumes to None. No policy admits it."),
    Text(
      "WARD-INTEL-RDT", "Cache and bandwidth classes belong to the node.",
      " at /linux/intelRdt: expected nothing, got a value",
      "Take the class out of containerd's configuration or the pod's annotations. No policy admits it."),
    Text(
      "WARD-MEMORY-POLICY", "NUMA memory policies are not admitted.",
      " at /linux/memoryPolicy: expected nothing, got a value", "Leave it out. No policy admits it."),
    Text(
      "WARD-PERSONALITY", "Execution domains change what system calls mean, and can turn address randomisation off.",
      " at /linux/personality: expected nothing, got a value", "Leave it out. No policy admits it."),
    Text(
      "WARD-HOOKS", "Hooks are programs that a caller would run with the rights of the node.",
      " at /hooks: expected nothing, got a value",
      "Take them out; tools that add hooks (GPU runtimes among them) do what ward does itself. No policy admits them."),
    Text(
      "WARD-ANNOTATION", "Annotations are keys that plug-ins obey: only those of the platform's profile pass.",
      " at /annotations/cdi.k8s.io~1gpu: expected no such annotation, got <18 bytes>",
      "Do not pass annotations of pods on (pod_annotations in containerd's configuration)."),
    Text(
      "WARD-GPU", "procfs and sysfs of the node do not show the GPUs that the entry asks for, or do not agree.",
      ": expected 1 NVIDIA GPU, got none",
      "Look at `wardctl gpu status`: the driver must be loaded, and the GPU bound to it."),
    Text(
      "WARD-GPU-BUSY", "Each GPU has one container: the others of the node hold all that fit.",
      ": expected 1 free GPUs, got 0", "Delete a container that holds one (`wardctl gpu status`), or use another node."),
    Text(
      "WARD-GPU-SENT",
      "The device nodes or CDI names that were sent are not GPUs of the entry's kind and number. What the container gets "
        + "comes from the node in any case.",
      " at /linux/devices: expected no devices, or those of 1 GPUs of nvidia, got \"/dev/mem\"",
      "Make the limits of the pod (nvidia.com/gpu) and gpu.count of the entry the same."),
    Text(
      "WARD-GPU-DRIVER", "A library of the driver on the node has another digest than the policy names.",
      ": expected a library as the policy names it, got another digest",
      "Compile the policy with the libraries of the node's driver, or put the driver into an image "
        + "(`wardctl image build-driver`)."),
    Text(
      "WARD-GPU-CONFIDENTIAL",
      "The GPU is not in confidential mode, is in developer mode, or gave no fresh evidence; what it computes could be seen "
        + "by the host.",
      ": expected confidential mode, got off",
      "Set the GPU's confidential mode on the host and boot again; see `wardctl gpu status`."),
  ]
}
