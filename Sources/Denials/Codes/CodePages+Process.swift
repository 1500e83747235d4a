extension CodePage {
  /// Codes of the process that is to run.
  static let processTexts: [Text] = [
    Text(
      "WARD-PROCESS-MISSING", "config.json has no process, so that nothing could run.",
      " at /process: expected a process, got nothing", "Add the process to config.json."),
    Text(
      "WARD-ARGS",
      "Arguments are checked one by one, the program first; their number counts, too. Values that came are shown by "
        + "their length, since they may be secret.",
      " at /process/args/4: expected \"8080\", got <4 bytes>",
      "Change the command of the pod, or the args of the entry. An argument that varies can be a list, a range or a "
        + "pattern."),
    Text(
      "WARD-ENV-FORM", "Programs disagree on what a variable without a name or without = is.",
      " at /process/env/12: expected NAME=value, got <4 bytes>", "Write it as NAME=value. No policy admits it."),
    Text(
      "WARD-ENV-DUPLICATE", "Of two variables of one name some programs take the first and some the last.",
      " at /process/env/12: expected PATH once, got PATH=<4 bytes>",
      "Leave one of them out: the image and the pod may both set it. No policy admits it."),
    Text(
      "WARD-ENV-UNEXPECTED",
      "Neither the entry nor the platform's profile knows a variable of this name. Some variables make programs load "
        + "foreign code (LD_PRELOAD), so that none is admitted unread. Values are shown by their length.",
      " at /process/env/3: expected no such variable, got LD_PRELOAD=<24 bytes>",
      "Take the variable out of the pod, or add it to env of the entry. If every pod of the node has it, the cluster "
        + "adds it: another version of the platform's profile may know it. Variables of services go away with "
        + "enableServiceLinks: false."),
    Text(
      "WARD-ENV-MISSING",
      "A variable of the entry without optional: true must be there: programs fall back to defaults that nobody chose.",
      " at /process/env: expected MODEL_THREADS, got nothing",
      "Set the variable in the pod, or mark it optional: true in the entry."),
    Text(
      "WARD-ENV-VALUE",
      "The policy has a rule for the variable, and the value does not fit. Patterns and ranges are always for the whole "
        + "value; numbers have no sign and no zero before them.",
      " at /process/env/2: expected MODEL_THREADS=a number from 1 to 16, got MODEL_THREADS=<2 bytes>",
      "Correct the value, or widen the rule by what you need."),
    Text(
      "WARD-USER", "User, group, further groups and umask are exact. Names of users in the image are never looked up.",
      " at /process/user/uid: expected 10001, got 0",
      "Set runAsUser, runAsGroup and supplementalGroups of the pod to those of the entry, or the other way round."),
    Text(
      "WARD-CWD", "The working directory is exact: through some paths a program could reach the node's files.",
      " at /process/cwd: expected \"/\", got \"/proc/self/fd/7\"",
      "Set workingDir of the pod, or cwd of the entry, to what the image says."),
    Text(
      "WARD-CAPABILITIES", "All five sets of capabilities are exact; a set that is left out is an empty one.",
      " at /process/capabilities/ambient: expected none, got also CAP_SYS_ADMIN",
      "Drop the capabilities in securityContext of the pod. List one under capabilities of the entry only where the "
        + "program fails without."),
    Text(
      "WARD-NO-NEW-PRIVILEGES", "Without no_new_privs, programs with the setuid bit raise their rights.",
      " at /process/noNewPrivileges: expected true, got false",
      "Set allowPrivilegeEscalation: false in the pod; noNewPrivileges: false in the entry only where setuid is needed."
    ),
    Text(
      "WARD-RLIMIT", "A limit of the process (core dumps, open files) is not the one of the entry or of the platform.",
      " at /process/rlimits/0: expected RLIMIT_NOFILE 1024 of 1024, got RLIMIT_NOFILE 8 of 8",
      "State it under rlimits of the entry; containerd takes limits from its own service unit."),
    Text(
      "WARD-OOM-SCORE", "A low score lets other programs of the node die first.",
      " at /process/oomScoreAdj: expected a number from -997 to 1000, got -998",
      "Kubelet derives it from requests and limits of the pod: change those. The range is the platform's."),
    Text(
      "WARD-TERMINAL", "A terminal gives whoever holds it a way to type into the program.",
      " at /process/terminal: expected false, got true",
      "Run it without tty, or state terminal: true for the process in the policy."),
    Text(
      "WARD-SECURITY-LABEL", "AppArmor profiles and SELinux labels of the node are no part of the policy.",
      " at /process/apparmorProfile: expected nothing, got a value",
      "Use Unconfined for AppArmor and no seLinuxOptions: ward confines by its own means."),
    Text(
      "WARD-SCHEDULING", "Scheduler, I/O priority and CPU affinity can starve other programs of the node.",
      " at /process/scheduler: expected nothing, got a value", "Leave them out. No policy admits them."),
    Text(
      "WARD-SECCOMP", "The policy has no filter of system calls for the architecture of this node.",
      ": expected a filter inference for this machine, got none in the policy",
      "Compile the policy with a filter for this architecture."),
  ]
}
