/// One thing that a waiter waits for, and who could end that wait.
public struct WaitCase: Hashable, Sendable {
  /// What is waited for.
  public let object: WaitObject
  /// Who could end the wait.
  public let enders: WaitEnders
  /// Who is to be served before, where waiters are served strictly in their order.
  public let predecessor: WaiterID?

  /// Describes a wait.
  public init(_ object: WaitObject, endedBy enders: WaitEnders, behind predecessor: WaiterID? = nil) {
    self.object = object
    self.enders = enders
    self.predecessor = predecessor
  }
}

/// Who could end a wait. When in doubt, say ``anybody``: then nothing is reported.
public enum WaitEnders: Hashable, Sendable {
  /// Nobody knows who.
  case anybody
  /// A timer, in the end.
  case time
  /// Each of these holds what is waited for, and all of them must let go of it. There may be others.
  case holders([WaiterID])
  /// Any of these, and nobody else. Leave out those that have ended.
  case oneOf([WaiterID])
  /// Holders of permits: `needed` must come free out of `size`. There may be other holders.
  case permits(needed: Int, size: Int, held: [Held])

  /// What one holder has.
  public struct Held: Hashable, Sendable {
    /// The holder.
    public let holder: WaiterID
    /// How many permits.
    public let amount: Int
    /// Describes a hold.
    public init(_ holder: WaiterID, _ amount: Int) {
      self.holder = holder
      self.amount = amount
    }
  }
}
