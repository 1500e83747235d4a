internal import Bytes
internal import Linux
internal import Policy
internal import RuntimeSpec

/// How far a launch has come, for what is to be taken back.
struct LaunchProgress {
  var hooksBegan = false
  /// The class of cache and memory bandwidth, once it is made.
  var control: ResourceControl?
}

extension Launch {
  /// The launching process's part while the child sets itself up: both work at the same time.
  func supervise(
    _ child: borrowing ChildProcess, _ channel: borrowing LaunchChannel, _ sources: LaunchSources,
    waiting: Bool, _ progress: inout LaunchProgress
  ) throws(ContainerError) {
    if let adjustment = plan.process.oomScoreAdjustment {
      try step("oom_score_adj \(adjustment)") { () throws(SystemError) in
        try child.setOutOfMemoryScore(adjustment)
      }
    }
    try progress.control?.add(child.pid)
    if !plan.networkDevices.isEmpty {
      let devices = try NetworkDeviceMove(toNamespaceOf: child.pid)
      for device in plan.networkDevices { try devices.move(device) }
    }
    let identity = try step("process \(child.pid)") { () throws(SystemError) in
      try ProcessIdentity.of(pid: child.pid)
    }
    let hooks = ContainerHooks(state)
    if let hooks, hooks.plan.precedeRoot {
      try channel.expect(.placed, from: child)
      progress.hooksBegan = true
      try hooks.run(.prestart, pid: child.pid)
      try hooks.run(.createRuntime, pid: child.pid)
      try step("launch socket") { () throws(SystemError) in try channel.socket.send(.proceed) }
    }
    if sources.filter?.notifies == true {
      try channel.handOverListener(
        of: child, to: state.seccompListener, state.state(.creating, pid: child.pid))
    }
    try channel.awaitReady(of: child)
    if NamespaceSet(plan.namespaces).hasOwnUser { try child.take(plan.process.limits) }
    try store.update(state.with(process: identity))
    try options.writePidFile(child.pid)
    try options.sendHandle(of: child)
    try step("launch socket") { () throws(SystemError) in try channel.socket.send(.commit) }
    guard !waiting else { return }
    try channel.awaitExec()
    try hooks?.run(.poststart, pid: child.pid)
  }
}
