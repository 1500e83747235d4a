extension CodePage {
  /// Codes of images.
  static let imageTexts: [Text] = [
    Text(
      "WARD-IMAGE-REFERENCE",
      "The pod calls its image by a name that the lock file does not list for this entry. Further violations often follow "
        + "from it: another image has other arguments and variables.",
      " at /annotations/io.kubernetes.cri.image-name: expected \"registry.example/embed:7\", got "
        + "\"docker.io/library/busybox:latest\"",
      "The image of the pod was changed: build it as a verified image and compile the policy with it. Where it is the "
        + "same under another name, add it by `wardctl image build --reference`."),
    Text(
      "WARD-IMAGE-MISSING", "None of the node's image directories has a file with the root hash of the policy.",
      ": expected 4fe1...erofs in the image directories, got nothing",
      "Bring the file of `wardctl image build` to the node, under the name that it has."),
    Text(
      "WARD-IMAGE-CORRUPT",
      "The file on the node does not have the content that the policy pins. Whoever holds the disk may have changed it; or it "
        + "is encrypted, and the key is another one. "
        + "Where the kernel meets such a block while containers run, they get input/output errors; the next command about "
        + "one of them puts it on record (decision: found), and start and exec are denied.",
      ": expected root hash 4fe1..., got block 17 of the data with another one",
      "Copy the image again. If it comes back, look at the disk, and at who can write to it."),
    Text(
      "WARD-IMAGE-UNUSABLE", "The kernel or its tools could not open a genuine image.",
      ": expected a verity device, got ward-verity: exit status 1",
      "See the message and `wardctl image verify`: device-mapper and dm-verity must be in the kernel, or use integrity: "
        + "memory."),
    Text(
      "WARD-LAUNCH-UNMEASURED", "Each launch is told to the event PCR before anything of it is made, and that failed.",
      ": expected the launch in the event log, got event log: TPM2_PCR_Extend: no answer",
      "See the message. A full event log is empty again after the next boot; otherwise look at the TPM."),
    Text(
      "WARD-NODE-MEMORY",
      "The RAM disks of all containers at their full sizes, and the images that are kept in memory, are more than the "
        + "memory of the node: a container could not write what it was promised.",
      ": expected RAM disks and images in memory of at most 8589934592 bytes, the node's memory, got 4294967296 bytes "
        + "beside the 6442450944 of others",
      "Run fewer containers on the node, make the scratch of the entry smaller, or use integrity: dm-verity for large "
        + "images. kubelet does not know of RAM disks that the policy states: let the pod's memory request cover them."),
    Text(
      "WARD-IMAGE-KEY",
      "The policy names an encrypted image, and the node's key provider gave no key for it: none is configured, it "
        + "failed, took too long, or gave something else than 64 bytes. A provider that asks a key release gets nothing "
        + "where the measured policy is not the one that the key was released for.",
      ": expected the key minilm of image minilm, got no keyProvider in /etc/ward/ward.json",
      "See the message. Name the program under keyProvider in /etc/ward/ward.json; run it by hand with a request on its "
        + "standard input to see what it says; compare the digest of the bundle with the one that the key is bound to."),
    Text(
      "WARD-IMAGE-SIGNATURE",
      "The node's kernel opens dm-verity devices with signed root hashes, and has none that it trusts for this image: the "
        + "file <root hash>.p7s is not beside the image, it is of a signer whose certificate is not in the kernel's "
        + "keyrings, it is damaged or of another image, or the node's configuration does not hand signatures over at all.",
      ": expected a signature of image minilm that this node's kernel trusts, got 93fe.p7s: not in the image directories "
        + "/var/lib/ward/images",
      "See the message. Sign the root hash with `wardctl image sign` and a key whose certificate the kernel has (its build, "
        + "or the machine owner's keys), copy the file to the image directory, and set rootHashSignatures in "
        + "/etc/ward/ward.json, which is measured."),
  ]
}
