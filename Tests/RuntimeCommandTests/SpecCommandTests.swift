import Bytes
import RuntimeSpec
import StrictJSON
import Testing

@testable import RuntimeCommand

@Suite struct SpecCommandTests {
  @Test(arguments: [false, true]) func `our own parser reads it`(rootless: Bool) throws {
    let spec: Spec = try StrictJSON.decode(
      from: JSONWriter.encodePretty(SpecCommand.json(rootless: rootless)), named: "config.json")
    #expect(spec.ociVersion == .current)
    #expect(spec.process?.args == ["sh"])
    #expect(spec.linux?.namespaces?.contains { $0.type == .user } == rootless)
    #expect(spec.linux?.namespaces?.contains { $0.type == .network } == !rootless)
    #expect((spec.linux?.uidMappings != nil) == rootless)
    #expect((spec.linux?.resources != nil) == !rootless)
  }
}
