extension CodePage {
  /// Codes of mounts.
  static let mountTexts: [Text] = [
    Text(
      "WARD-MOUNT-DESTINATION", "A place with .., //, /. or a slash at its end could mean another one than it says.",
      " at /mounts/6/destination: expected an absolute path without //, . and .., got \"/etc/../etc/hosts\"",
      "Write mountPath of the pod without them. No policy admits it."),
    Text(
      "WARD-MOUNT-UNEXPECTED", "No rule has a mount at this place; it could hide files of the verified image.",
      " at /mounts/11: expected no mount there, got \"/mnt\"",
      "Take the volume out of the pod. Where the program needs it, put its files into a volume image (volumes of the "
        + "entry), or give it RAM (scratch of the entry)."),
    Text(
      "WARD-MOUNT-MISSING", "A mount of the platform, such as /proc or /etc/hosts, was left out.",
      " at /mounts: expected \"/etc/hosts\", got nothing",
      "The platform is another version than the policy's profile, or its configuration was changed: compare `platform` "
        + "in the policy with `containerd --version`."),
    Text(
      "WARD-MOUNT-DUPLICATE", "Of two mounts at one place the later hides the earlier.",
      " at /mounts/11: expected one mount, got \"/etc/hosts\"", "Leave one of them out. No policy admits it."),
    Text(
      "WARD-MOUNT-ORDER", "A mount that comes after one beneath it would hide that one.",
      " at /mounts/2: expected it before \"/dev/pts\", got \"/dev\"",
      "Platforms sort their mounts: look for a hook or plug-in that adds some. No policy admits it."),
    Text(
      "WARD-MOUNT-TYPE", "Another file system than the rule's: some are served by the host, whom nobody here trusts.",
      " at /mounts/1/type: expected \"tmpfs\", got \"virtiofs\"",
      "Use the kind of volume that the entry is made for: emptyDir for scratch."),
    Text(
      "WARD-MOUNT-SOURCE", "The source is not where the platform keeps such files, or is that of another pod.",
      " at /mounts/6/source: expected \"/var/lib/kubelet/pods/{pod.uid}/etc-hosts\", got \"/proc/1/root/etc/hosts\"",
      "hostPath volumes are not admitted: use a volume image or scratch. Where kubelet's root directory was moved, "
        + "another profile is needed. For /etc/hosts, /etc/hostname and /etc/resolv.conf containerd uses files of its own "
        + "where nobody names kubelet's: look at who asked for the container, if it was not kubelet."),
    Text(
      "WARD-MOUNT-OPTIONS", "Options are exact; several could undo what the rule says (suid, exec, rw, rshared).",
      " at /mounts/0/options: expected nosuid,noexec,nodev, got nosuid,noexec,nodev,suid",
      "Set readOnly and mountPropagation of the volume mount to their defaults. New options of every pod come from "
        + "another version of the platform."),
    Text(
      "WARD-MOUNT-IDMAP", "Id-mapped mounts change who owns the files.",
      " at /mounts/6/uidMappings: expected nothing, got a value",
      "Turn user namespaces off for the pod (hostUsers: true). No policy admits it."),
  ]
}
