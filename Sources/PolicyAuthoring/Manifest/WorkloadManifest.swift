internal import Bytes
internal import StrictJSON

/// An object that makes pods.
struct WorkloadManifest {
  let kind: Kind
  let name: ByteString
  let namespace: ByteString?
  /// Of its pods.
  let metadata: MetadataManifest
  let pod: PodManifest
  /// Where the pod's specification stands in the document.
  let place: [ByteString]
  /// How many pods there may be at a time.
  let pods: UInt32

  enum Kind: String, CaseIterable {
    case pod = "Pod"
    case deployment = "Deployment"
    case statefulSet = "StatefulSet"
    case daemonSet = "DaemonSet"
    case job = "Job"
    case cronJob = "CronJob"

    var apiVersion: ByteString {
      switch self {
      case .pod: "v1"
      case .deployment, .statefulSet, .daemonSet: "apps/v1"
      case .job, .cronJob: "batch/v1"
      }
    }
  }

  init(_ kind: Kind, members: inout JSONMembers) throws(JSONError) {
    self.kind = kind
    let metadata: MetadataManifest = try members.required("metadata")
    guard let name = metadata.name else { throw JSONError(.missing).under("name").under("metadata") }
    (self.name, namespace) = (name, metadata.namespace)
    try members.passOver("status")
    switch kind {
    case .pod:
      (self.metadata, pod) = (metadata, try members.required("spec"))
      (place, pods) = (["spec"], 1)
    case .deployment, .statefulSet, .daemonSet:
      let spec: SetSpec = try members.required("spec")
      (self.metadata, pod, pods) = (spec.template.metadata, spec.template.spec, spec.replicas ?? 1)
      place = ["spec", "template", "spec"]
    case .job:
      let spec: JobSpec = try members.required("spec")
      (self.metadata, pod, pods) = (spec.template.metadata, spec.template.spec, spec.parallelism)
      place = ["spec", "template", "spec"]
    case .cronJob:
      let job = try members.required("spec", as: CronJobSpec.self).job
      (self.metadata, pod, pods) = (job.template.metadata, job.template.spec, job.parallelism)
      place = ["spec", "jobTemplate", "spec", "template", "spec"]
    }
  }

  /// The specification of a Deployment, StatefulSet or DaemonSet.
  private struct SetSpec: JSONObjectDecodable {
    let template: PodTemplate
    let replicas: UInt32?

    init(members: inout JSONMembers) throws(JSONError) {
      template = try members.required("template")
      replicas = try members.optional("replicas")
      try members.passOver(
        "selector", "strategy", "updateStrategy", "minReadySeconds", "revisionHistoryLimit", "paused",
        "progressDeadlineSeconds", "serviceName", "podManagementPolicy", "ordinals",
        "persistentVolumeClaimRetentionPolicy")
      try members.refuse(
        ["volumeClaimTemplates"], because: "a container sees verified images and RAM disks alone")
    }
  }

  private struct JobSpec: JSONObjectDecodable {
    let template: PodTemplate
    let parallelism: UInt32

    init(members: inout JSONMembers) throws(JSONError) {
      template = try members.required("template")
      parallelism = try members.optional("parallelism") ?? 1
      try members.only("NonIndexed", for: "completionMode", because: "the hostname is the pod's name")
      try members.passOver(
        "completions", "backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes", "activeDeadlineSeconds",
        "ttlSecondsAfterFinished", "suspend", "selector", "manualSelector", "podFailurePolicy", "podReplacementPolicy",
        "successPolicy", "managedBy")
    }
  }

  private struct CronJobSpec: JSONObjectDecodable {
    let job: JobSpec

    init(members: inout JSONMembers) throws(JSONError) {
      job = try members.required("jobTemplate", as: JobTemplate.self).spec
      try members.passOver(
        "schedule", "timeZone", "startingDeadlineSeconds", "concurrencyPolicy", "suspend",
        "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    }
  }

  private struct JobTemplate: JSONObjectDecodable {
    let spec: JobSpec

    init(members: inout JSONMembers) throws(JSONError) {
      spec = try members.required("spec")
      try members.passOver("metadata")
    }
  }
}
