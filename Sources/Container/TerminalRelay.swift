internal import Bytes
public import Linux

/// The terminal of a program, carried on to the terminal of the command that runs it: what makes `ward run` and `ward
/// exec --tty` usable from a shell.
public struct TerminalRelay: Sendable {
  /// Through this connection the program's process hands over the master, as it would to a caller's console socket.
  let giver: SharedFile
  private let taker: SharedFile
  /// Which of this command's standard streams is its terminal.
  private let terminal: Int32

  /// A relay to the terminal on a standard stream; nil where there is none.
  public static func ofStandardStreams() throws(SystemError) -> TerminalRelay? {
    guard let terminal = [0, 1, 2].first(where: CurrentProcess.isTerminal) else { return nil }
    return try FileDescriptor.packetPair().split { (giver, taker) in
      TerminalRelay(giver: SharedFile(giver), taker: SharedFile(taker), terminal: terminal)
    }
  }

  /// Relays until the program has ended; the terminal is then as it was before, whatever happens.
  ///
  /// All signals are held back since before the child was made.
  func wait(for child: borrowing ChildProcess) throws(SystemError) -> ExitStatus {
    var packet = try taker.descriptor.receive(atMost: 64)
    guard let master = packet.file.take() else {
      throw SystemError(call: "recvmsg", errno: ErrorNumber.EPROTO, object: "terminal of the program")
    }
    let own = try FileDescriptor.inherited(terminal)
    var loop = RelayLoop(master: master, signals: try CurrentProcess.signalFile(), terminal: own)
    guard CurrentProcess.isTerminal(0) else { return try loop.run(child) }
    let keyboard = try FileDescriptor.inherited(0)
    let mode = try keyboard.makeRaw()
    let status: ExitStatus
    do {
      status = try loop.run(child)
    } catch {
      // The first failure is the one to tell.
      do { try keyboard.restore(mode) } catch {}
      throw error
    }
    do {
      try keyboard.restore(mode)
    } catch  where error.errno == ErrorNumber.EIO {
      // The terminal has gone.
    }
    return status
  }
}

/// Carries bytes in both directions and signals to the program, with one thread.
private struct RelayLoop: ~Copyable {
  /// Bytes at a time: what a pipe takes at once.
  private static let portion = 4096
  /// How long output of a program that has ended is waited for where something else still holds its terminal, in
  /// milliseconds.
  private static let patience: Int32 = 100
  /// SIGPIPE, SIGTTIN, SIGTTOU: about this command's own streams. SIGWINCH: about its own terminal.
  private static let ownSignals: Set<Int32> = [13, 21, 22, 28]
  private static let windowChange: Int32 = 28

  private let master: FileDescriptor
  private let signals: FileDescriptor
  private let terminal: FileDescriptor
  private var toProgram: [UInt8] = []
  private var toCaller: [UInt8] = []
  private var hasInput = true
  private var hasOutput = true
  private var hasMaster = true
  private var status: ExitStatus?

  init(master: consuming FileDescriptor, signals: consuming FileDescriptor, terminal: consuming FileDescriptor) {
    self.master = master
    self.signals = signals
    self.terminal = terminal
  }

  mutating func run(_ child: borrowing ChildProcess) throws(SystemError) -> ExitStatus {
    let input = try FileDescriptor.inherited(0)
    let output = try FileDescriptor.inherited(1)
    // With a program that does not read, a write would wait, and its output with it.
    try master.setNonBlocking()
    try takeSize()
    while true {
      if let status, toCaller.isEmpty, !hasMaster { return status }
      var entries = [
        PollEntry(signals.rawValue, .input),
        PollEntry(input.rawValue, hasInput && hasMaster && toProgram.isEmpty ? .input : []),
        PollEntry(master.rawValue, wantedOfMaster),
        PollEntry(output.rawValue, toCaller.isEmpty ? [] : .output),
      ]
      let isReady = try PollEntry.wait(&entries, milliseconds: status == nil ? -1 : Self.patience)
      if let status, !isReady { return status }
      if !entries[0].ready.isEmpty { try takeSignal(child) }
      if !entries[1].ready.isEmpty { try read(input) }
      if !entries[2].ready.isEmpty { try serveMaster(entries[2].ready) }
      if !entries[3].ready.isEmpty { try write(output) }
    }
  }

  private var wantedOfMaster: PollEntry.Events {
    guard hasMaster else { return [] }
    var events: PollEntry.Events = toCaller.isEmpty ? .input : []
    if !toProgram.isEmpty { events.insert(.output) }
    return events
  }

  private borrowing func takeSize() throws(SystemError) {
    do {
      try master.takeSize(of: terminal)
    } catch  where error.errno == ErrorNumber.EIO || error.errno == ErrorNumber.ENOTTY {
      // One of the two has gone.
    }
  }

  private mutating func takeSignal(_ child: borrowing ChildProcess) throws(SystemError) {
    let signal = try CurrentProcess.nextSignal(of: signals)
    if signal == Self.windowChange { try takeSize() }
    if !Self.ownSignals.contains(signal), let status = try child.take(signal) { self.status = status }
  }

  private mutating func read(_ input: borrowing FileDescriptor) throws(SystemError) {
    do {
      toProgram = try input.read(atMost: Self.portion)
      if toProgram.isEmpty { hasInput = false }
    } catch  where error.errno == ErrorNumber.EIO {
      // The terminal has gone, or belongs to another job of the shell.
      hasInput = false
    } catch  where error.errno == ErrorNumber.EAGAIN {
      // Another process was faster.
    }
  }

  private mutating func serveMaster(_ ready: PollEntry.Events) throws(SystemError) {
    do {
      if ready.contains(.output) { toProgram.removeFirst(try master.write(toProgram)) }
      if toCaller.isEmpty && !ready.isDisjoint(with: [.input, .hangUp, .error]) {
        toCaller = try master.read(atMost: Self.portion)
        if toCaller.isEmpty { hasMaster = false }
        if !hasOutput { toCaller = [] }
      }
    } catch  where error.errno == ErrorNumber.EAGAIN {
      // Nothing at present.
    } catch  where error.errno == ErrorNumber.EIO {
      // Nobody holds the program's end any more.
      hasMaster = false
    }
  }

  private mutating func write(_ output: borrowing FileDescriptor) throws(SystemError) {
    do {
      toCaller.removeFirst(try output.write(toCaller))
    } catch  where error.errno == ErrorNumber.EPIPE || error.errno == ErrorNumber.EIO {
      // Nobody reads: the program goes on.
      (hasOutput, toCaller) = (false, [])
    } catch  where error.errno == ErrorNumber.EAGAIN {
      // Nothing fits at present.
    }
  }
}
