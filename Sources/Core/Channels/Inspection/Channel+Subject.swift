import RevoadaScheduling

extension Channel where Element: ~Copyable {
  /// What diagnostics know of the channel, from now on.
  package var subject: WaitSubject {
    withLock { state in
      if let subject = state.pointee.receivers.about.subject { return subject }
      let subject = WaitSubject()
      state.pointee.note(subject)
      return subject
    }
  }
}
