import LuaShim

/// The functions that C calls. None of them raises, and all run in the isolate's turn.
extension Isolate {
  @inline(__always)
  private static func with<T>(_ context: UnsafeMutableRawPointer, _ body: (Isolate) -> T) -> T {
    Unmanaged<Isolate>.fromOpaque(context)._withUnsafeGuaranteedRef(body)
  }

  @inline(__always)
  private static func withObject<T>(_ object: UnsafeMutableRawPointer, _ body: (SharedObject) -> T) -> T {
    Unmanaged<SharedObject>.fromOpaque(object)._withUnsafeGuaranteedRef(body)
  }

  static let callbacks = rv_callbacks(
    now: { with($0) { $0.now } },
    call: { context, goroutine, function, arguments, results in
      with(context) { $0.native(Int(function), goroutine, arguments, results) }
    },
    invoke: { context, goroutine, object, method, call in
      with(context) { isolate in
        withObject(object) { $0.invoke(method, call, Caller(isolate: isolate, goroutine: goroutine)) }
      }
    },
    cancel: { context, goroutine, object in
      with(context) { isolate in
        if let object {
          withObject(object) { $0.cancel(isolate, goroutine) }
        } else {
          isolate.tasks.removeValue(forKey: goroutine)?.cancel()
          isolate.hosted.removeValue(forKey: goroutine)?.cancel()
        }
      }
    },
    refund: { _, object, grant, value in
      // Held: handing the grant on may drop the last other reference.
      Unmanaged<SharedObject>.fromOpaque(object).takeUnretainedValue().refund(grant, value)
    },
    make_channel: { context, state in
      let state = state.pointee
      let undelivered = with(context) { isolate in
        state.undelivered == 0
          ? nil : RegistryReference(isolate, state.undelivered, type: LUA_TFUNCTION)
      }
      let channel = SharedChannel(
        state, name: state.name.map { String(cString: $0) }, undelivered: undelivered)
      return Unmanaged.passRetained(channel as SharedObject).toOpaque()
    },
    adopt: { context, channel, goroutine, receives, value, claim, index in
      with(context) { isolate in
        let waiter =
          goroutine == 0
          ? nil : Waiter(isolate: isolate, goroutine: goroutine, claim: claim, index: index)
        withObject(channel) {
          ($0 as! SharedChannel).adopt(value, waiter, receives: receives != 0)  // made by make_channel
        }
      }
    },
    place_case: { entry, text, capacity in
      withObject(entry.pointee.object) { object in
        do throws(SelectRefusal) { return try object.place(entry.pointee) } catch {
          error.reason.copy(to: text, capacity: capacity)
          return RV_NOWHERE
        }
      }
    },
    park_select: { context, goroutine, cases, count, claim, result, outcome in
      with(context) { isolate in
        SharedObject.select(
          UnsafeBufferPointer(start: cases, count: Int(count)), claim: claim,
          caller: Caller(isolate: isolate, goroutine: goroutine), result: result, outcome: outcome)
      }
    },
    make_claim: { SelectGate().claim },
    select_objects: { context, goroutine, cases, count, claim, result, outcome in
      with(context) { isolate in
        let caller = Caller(isolate: isolate, goroutine: goroutine)
        let cases = UnsafeBufferPointer(start: cases, count: Int(count)).map { ObjectCase($0, caller) }
        guard let served = isolate.select(goroutine, cases, gate: claim.flatMap(SelectGate.of)) else {
          return 0
        }
        (outcome.pointee, result.pointee.value) = served.answer
        return served.index == 0 ? cases[0].index : served.index  // an error has no case
      }
    },
    retain: { pointer in
      // It is being copied: from now on others than this isolate's values may refer to it.
      withObject(pointer) { $0.escape() }
      _ = Unmanaged<SharedObject>.fromOpaque(pointer).retain()
    },
    release: { Unmanaged<SharedObject>.fromOpaque($0).release() },
    describe: { _, object, text, capacity in
      withObject(object) { $0.label.copy(to: text, capacity: capacity) }
    },
    finished: { context, goroutine, status, results, failure in
      with(context) { isolate in
        let watcher = isolate.watchers.removeValue(forKey: goroutine)
        guard let watcher else {
          results?.discard()
          return
        }
        if let results {
          watcher(.results(results))
        } else {
          watcher(.failure(isolate.error(status, failure)))
        }
      }
    },
    report: { context, failure in
      with(context) { isolate in
        let site = String(cString: failure.pointee.site)
        isolate.core.configuration.report(
          UnhandledError(error: isolate.error(RV_FAILED, failure), spawnSite: site))
      }
    },
    output: { context, bytes, count in
      with(context) { isolate in
        let buffer = UnsafeRawBufferPointer(start: bytes, count: count)
        isolate.core.configuration.output(LuaString(bytes: buffer))
      }
    },
    timer: { context, identifier in
      with(context) { $0.timers.removeValue(forKey: identifier)?() }
    },
    interrupt: { with($0) { $0.applyKills() } },
    exit: { context, code in with(context) { $0.core.exit(code) } })

  private func error(_ status: rv_status, _ failure: UnsafePointer<rv_failure>?) -> LuaError {
    guard let failure = failure?.pointee else { return LuaError(.killed, "killed") }
    let message = LuaString(
      bytes: UnsafeRawBufferPointer(start: failure.message, count: failure.message_length)
    ).text
    let traceback = failure.traceback.map {
      LuaString(bytes: UnsafeRawBufferPointer(start: $0, count: failure.traceback_length)).text
    }
    switch status {
    case RV_KILLED: return core.hasExited ? core.endError : LuaError(.killed, "goroutine was killed")
    case RV_TIMED_OUT: return LuaError(.timedOut, "timeout exceeded")
    case RV_OUT_OF_MEMORY: return core.memoryError
    default: return LuaError(.runtime, message, traceback: traceback)
    }
  }
}

extension String {
  /// Copies as much as fits, with a zero at the end.
  fileprivate func copy(to text: UnsafeMutablePointer<CChar>, capacity: Int) {
    var copy = self
    copy.withUTF8 { bytes in
      let count = min(bytes.count, capacity - 1)
      for index in 0..<count { text[index] = CChar(bitPattern: bytes[index]) }
      text[count] = 0
    }
  }
}
