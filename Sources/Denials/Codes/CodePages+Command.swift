extension CodePage {
  /// Codes of the command as a whole, and of the state of the node.
  static let commandTexts: [Text] = [
    Text(
      "WARD-ENTRY-UNKNOWN",
      "No entry of the policy can be the container: the policy has none, or the container was launched under another "
        + "policy.",
      ": expected an entry, got a policy without entries",
      "Check which policy the node measured (wardctl attest log). A node boots with one policy: a pod of another "
        + "workload belongs on another node."),
    Text(
      "WARD-EXEC-UNKNOWN",
      "exec, probes and lifecycle hooks of Kubernetes run only what the container's entry lists under exec. A shell is "
        + "not there unless the author listed it.",
      " at /args: expected the arguments of one of health, got \"sh\" with 1 arguments",
      "Where the program belongs to the workload, list it under exec of the entry with all its arguments; "
        + "`wardctl denials suggest` writes the lines. Somebody who wants a shell in a confidential container should not "
        + "get one."),
    Text(
      "WARD-CONTAINER-UNKNOWN", "The command is about a container that ward did not launch, or has deleted.",
      ": expected the id of a container of this node, got \"c7\"",
      "Nothing, where the platform clears up twice. Otherwise look for the create of this id in the log: it was denied."
    ),
    Text(
      "WARD-ID-TAKEN",
      "An id names one container of the node, whatever --root says; a second create with it is refused.",
      ": expected an id that is free, got \"web\"", "Delete the container first, or use another id."),
    Text(
      "WARD-LIFECYCLE", "A container is created, started once, and stopped: a command came in another order.",
      ": expected a container that is running, got one that is stopped",
      "Look at the records of this container before this one (wardctl denials list --all --container ID): its program "
        + "may have ended."),
    Text(
      "WARD-INSTANCES",
      "The entry says how many of its containers may be there at a time, so that nobody can run a thousand of them.",
      ": expected at most 1 of embed, got one more",
      "Delete the old container first, or raise instances of the entry. During a rolling update two pods are there for "
        + "a while."),
    Text(
      "WARD-RESTARTS",
      "The entry says how often it may be launched again: in its pod, or, where there are no pods, since the node booted.",
      ": expected at most 2 restarts of embed, got 3 launches before",
      "Look why it ended so often (wardctl denials list --all --container ID); a new pod begins anew. Raise restarts of "
        + "the entry where that is what is wanted."),
    Text(
      "WARD-NEEDS", "The entry names under needs what must run in the same pod before it.",
      ": expected a running proxy, got none",
      "Start that container first; in Kubernetes make it an init container with restartPolicy: Always."),
    Text(
      "WARD-SIGNAL", "An entry lists the signals that may be sent to it. A signal can stop, resume or steer a program.",
      ": expected one of the signals 9, 15, got signal 19",
      "List the signal under signals of the entry, where the program is made for it."),
    Text(
      "WARD-PAUSE", "A paused container answers nobody: only entries with pause: allow may be paused and resumed.",
      ": expected an entry with pause: allow, got one without", "Set pause: allow, where something needs it."),
    Text(
      "WARD-DESCRIPTORS",
      "--preserve-fds, or LISTEN_FDS in the environment of ward, would give the program files that no policy has seen.",
      ": expected no descriptors, got 1", "Start ward without them. No policy admits it."),
    Text(
      "WARD-UNSUPPORTED", "The command asks for something that this version cannot do, under a policy that admits it.",
      " at /linux/intelRdt: expected a kernel with resctrl, got none", "See the message; another version or kernel may."
    ),
  ]
}
