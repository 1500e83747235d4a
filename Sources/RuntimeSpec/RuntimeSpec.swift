/// The contents of config.json.
public struct Spec: Sendable {}

/// The contents of process.json, and `process` of config.json.
public struct Process: Sendable {}
