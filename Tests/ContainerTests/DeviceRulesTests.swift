import Testing

@testable import Container

private func rule(
  _ allow: Bool, _ kind: DeviceAccessRule.Kind? = nil, _ major: UInt32? = nil, _ minor: UInt32? = nil,
  _ access: UInt8 = 7
) -> DeviceAccessRule {
  DeviceAccessRule(allow: allow, kind: kind, major: major, minor: minor, access: access)
}

/// One use of a device.
private struct Use {
  let kind: DeviceAccessRule.Kind
  let major: UInt32
  let minor: UInt32
  let access: UInt8
}

/// What rules mean: for each bit of access the last rule that covers it decides, and before the first all is denied.
private func meaning(_ rules: [DeviceAccessRule], _ use: Use) -> Bool {
  [UInt8(1), 2, 4].filter { use.access & $0 != 0 }.allSatisfy { bit in
    rules.last {
      ($0.kind == nil || $0.kind == use.kind) && ($0.major ?? use.major) == use.major
        && ($0.minor ?? use.minor) == use.minor && $0.access & bit != 0
    }?.allow ?? false
  }
}

/// What the kernel of cgroup v1 makes of the list (security/device_cgroup.c): the default, turned around for a use
/// that an exception covers; with denial as the default one exception has to cover all of it, and otherwise any part.
private func verdict(_ list: LegacyDeviceList, _ use: Use) -> Bool {
  let matches = list.exceptions.filter {
    $0.kind == use.kind && ($0.major ?? use.major) == use.major && ($0.minor ?? use.minor) == use.minor
  }
  return list.allowsByDefault
    ? !matches.contains { $0.access & use.access != 0 } : matches.contains { use.access & ~$0.access == 0 }
}

/// Runs a program on a use, as the kernel would; nil where it does what no verifier would let pass.
private func run(_ program: DeviceProgram, _ use: Use) -> Bool? {
  let code = program.instructions
  guard code.count.isMultiple(of: 8) else { return nil }
  var registers = [UInt32?](repeating: nil, count: 11)
  let context = [UInt32(use.access) << 16 | (use.kind == .block ? 1 : 2), use.major, use.minor]
  var position = 0
  while position * 8 < code.count {
    let bytes = code[(position * 8)..<(position * 8 + 8)].map { $0 }
    let (target, source) = (Int(bytes[1] & 15), Int(bytes[1] >> 4))
    let offset = Int(Int16(bitPattern: UInt16(bytes[2]) | UInt16(bytes[3]) << 8))
    let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 + $1]) << (8 * UInt32($1)) }
    position += 1
    switch bytes[0] {
    case 0x61:
      guard source == 1, offset % 4 == 0, (0..<12).contains(offset) else { return nil }
      registers[target] = context[offset / 4]
    case 0xbc:
      guard let read = registers[source] else { return nil }
      registers[target] = read
    case 0xb4: registers[target] = value
    case 0x54, 0x74, 0x56, 0x46:
      guard let read = registers[target] else { return nil }
      switch bytes[0] {
      case 0x54: registers[target] = read & value
      case 0x74: registers[target] = read >> value
      case 0x56: if read != value { position += offset }
      default: if read & value != 0 { position += offset }
      }
    case 0x05: position += offset
    case 0x95: return registers[0].map { $0 == 1 }
    default: return nil
    }
  }
  return nil
}

private let uses: [Use] = [DeviceAccessRule.Kind.character, .block].flatMap { kind in
  [(1, 3), (1, 9), (8, 0), (10, 200), (136, 5), (0, 0)].flatMap { major, minor in
    (UInt8(1)...7).map { Use(kind: kind, major: major, minor: minor, access: $0) }
  }
}

@Suite struct DeviceRulesTests {
  private static let lists: [[DeviceAccessRule]] = [
    [], [rule(false)], [rule(true)], [rule(true), rule(false)], [rule(false), rule(true)],
    [rule(false), rule(true, .character, 10, 200)], [rule(true, .character, 10, 200, 2)],
    [rule(true, .block, nil, nil, 1), rule(true, .block, 8, 0, 6)],
    [rule(true), rule(false, .block)], [rule(true), rule(false, .character, 8, 0), rule(true, .character, 8, nil)],
    [rule(true, nil, 8, 0)], [rule(true, nil, nil, nil, 2)],
    [rule(true, .character, 1, 3), rule(false, .character, 1, nil, 4), rule(true, .character, 1, 9)],
    [rule(true, .character, 10, 200), rule(false, .character, nil, nil, 2)],
    [rule(true, .character, 10, 200, 0)], [rule(false, nil, nil, nil, 6), rule(true, .block, 8, 0)],
  ]

  @Test(arguments: lists) func `the program of v2 decides as the rules mean`(_ rules: [DeviceAccessRule]) {
    for rules in [rules, rules + DeviceAccessRule.defaults] {
      let program = DeviceProgram(rules)
      for use in uses { #expect(run(program, use) == meaning(rules, use), "\(rules) \(use)") }
    }
  }

  @Test(arguments: lists) func `the list of v1 admits nothing that the rules deny`(_ rules: [DeviceAccessRule]) throws {
    let list = try LegacyDeviceList(rules)
    for use in uses where verdict(list, use) { #expect(meaning(rules, use), "\(rules) \(use)") }
    // One bit at a time the two are equal; several at once v1 admits only where one exception has them all.
    for use in uses where use.access.nonzeroBitCount == 1 { #expect(verdict(list, use) == meaning(rules, use)) }
  }

  @Test(arguments: [
    [rule(true, .character), rule(false, .character, 1, 3)],
    [rule(true, .character, 10, nil), rule(false, .character, 10, 200, 2)],
    [rule(true), rule(false, .character), rule(true, .character, 1, 3)],
    [rule(true, .character, 10, nil), rule(false, .character, nil, 200)],
  ])
  func `what v1 cannot express is refused`(_ rules: [DeviceAccessRule]) {
    #expect(throws: ContainerError.self) { try LegacyDeviceList(rules) }
  }

  @Test func `the lines of v1 start from nothing`() throws {
    let list = try LegacyDeviceList([rule(true, .character, 10, 200, 6), rule(true, .block, nil, nil, 1)])
    #expect(list.lines.map(\.description) == ["deny a *:* rwm", "allow c 10:200 rw", "allow b *:* m"])
    #expect(try LegacyDeviceList([rule(true)]).lines.map(\.description) == ["allow a *:* rwm"])
  }

  @Test func `a container without rules has the default devices and no other`() {
    let program = DeviceProgram(DeviceAccessRule.defaults)
    for (major, minor) in [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, 77)]
      as [(UInt32, UInt32)]
    {
      #expect(run(program, Use(kind: .character, major: major, minor: minor, access: 7)) == true)
      #expect(run(program, Use(kind: .block, major: major, minor: minor, access: 2)) == false)
    }
    for (major, minor) in [(1, 1), (1, 11), (10, 200), (4, 0)] as [(UInt32, UInt32)] {
      #expect(run(program, Use(kind: .character, major: major, minor: minor, access: 2)) == false)
    }
  }
}
