import Bytes
import Linux
import Testing

@testable import Container
@testable import Policy

/// How namespaces are made and joined: which process does what, and in which order.
@Suite struct NamespaceSetTests {
  private let pod: NamespacePlan.Origin

  init() throws { pod = .container(try #require(ContainerID("pod"))) }

  private func set(_ plans: (NamespacePlan.Kind, NamespacePlan.Origin)...) -> NamespaceSet {
    NamespaceSet(plans.map { NamespacePlan(kind: $0.0, origin: $0.1) })
  }

  @Test func newNamespacesNeedNoJoin() {
    let set = set((.pid, .new), (.mount, .new), (.user, .new))
    #expect(set.created == [.pid, .mount, .user])
    #expect(set.joinedByParent.isEmpty && set.joinedByChild.isEmpty)
    #expect(set.hasOwnUser && !set.joinsUser)
  }

  @Test func namespacesOfOneContainerAreEnteredAtOnce() {
    let set = set((.network, pod), (.mount, .new), (.ipc, pod), (.pid, pod), (.uts, .path("/run/netns/x")))
    #expect(
      set.joinedByParent == [
        .init(kinds: [.network, .ipc, .pid], origin: pod), .init(kinds: .uts, origin: .path("/run/netns/x")),
      ])
    #expect(set.created == .mount)
    #expect(!set.hasOwnUser)
  }

  @Test func theUserNamespaceIsEnteredLastByTheChild() {
    let set = set((.user, pod), (.mount, pod), (.network, pod))
    #expect(set.joinedByChild == [.init(kinds: .mount, origin: pod), .init(kinds: .user, origin: pod)])
    #expect(set.joinedByParent == [.init(kinds: .network, origin: pod)])
    #expect(set.hasOwnUser && set.joinsUser)
  }

  @Test func aJoinedPidNamespaceGoesWithAJoinedUserNamespace() {
    let set = set((.pid, pod), (.user, pod))
    #expect(set.joinedByChild == [.init(kinds: .pid, origin: pod), .init(kinds: .user, origin: pod)])
    #expect(set.joinedByParent.isEmpty)
  }

  @Test(arguments: NamespacePlan.Kind.allCases)
  func everyKindHasItsOwnBit(kind: NamespacePlan.Kind) {
    let others = NamespacePlan.Kind.allCases.filter { $0 != kind }.map { Namespaces($0) }
    #expect(others.allSatisfy { $0.isDisjoint(with: Namespaces(kind)) })
  }
}
