import RevoadaLua
import Testing

@testable import RevoadaScriptModules

@Suite struct JSONModuleTests {
  @Test func nullKeepsItsIdentity() async {
    let outcome = await runScript(
      """
      local value = json.decode('{"a": null, "list": [1, null, {"b": null}], "empty": []}')
      print(value.a == json.null, value.list[2] == json.null, value.list[3].b == json.null, #value.list, #value.empty)
      print(json.decode("null") == json.null, tostring(json.null), json.encode({ x = json.null }))
      print(pcall(function() json.null.x = 1 end))
      """)
    #expect(
      outcome.printed == [
        "true\ttrue\ttrue\t3\t0", "true\tjson.null\t{\"x\":null}",
        "false\ttest.lua:4: json.null cannot be changed",
      ])
  }

  @Test func emptyListsAreListsOnRequest() async {
    let outcome = await runScript(
      "print(json.encode({ a = {}, b = json.array({}), c = json.array({ 1 }), d = json.empty_array }))")
    #expect(outcome.printed == [#"{"a":{},"b":[],"c":[1],"d":[]}"#])
  }

  @Test func numbersKeepTheirKind() async {
    let outcome = await runScript(
      """
      local v = json.decode("[1, 1.0, 1e3]")
      print(math.type(v[1]), math.type(v[2]), math.type(v[3]), json.encode({ 1, 1.0, 2^53 }))
      """)
    #expect(outcome.printed == ["integer\tfloat\tfloat\t[1,1.0,9007199254740992.0]"])
  }

  @Test func failuresAreMessages() async {
    let outcome = await runScript(
      """
      print(json.decode('{"a":\\n  tru}'))
      print(json.encode({ f = print }))
      print(json.encode({ 1, 2, x = 3 }))
      """)
    #expect(
      outcome.printed == [
        "nil\tjson.decode: line 2, column 3: 'true' expected",
        "nil\tjson.encode: a function has no JSON form (at .f)",
        "nil\tjson.encode: a table has both list elements and the field 'x'",
      ])
  }

  @Test func prettyTextOnRequest() async {
    let outcome = await runScript("print(json.encode({ b = 1, a = { true } }, { indent = 1 }))")
    #expect(outcome.printed == ["{", " \"a\": [", "  true", " ],", " \"b\": 1", "}"])
  }
}

@Suite struct TimeModuleTests {
  @Test func theMonotonicClockIsTheRuntimes() async {
    let outcome = await runScript(
      """
      local before = time.now_ms()
      time.sleep(1500)
      print(before, time.now_ms() - before)
      """, clock: FrozenClock())
    #expect(outcome.error == nil)
    #expect(outcome.printed == ["5000.0\t1500.0"])
  }

  @Test func calendarTimes() async {
    let outcome = await runScript(
      """
      print(time.iso8601(0), time.iso8601(1700000000.25), time.format(-1))
      print(time.parse("2023-11-14T22:13:20Z"), time.parse("2023-11-14T22:13:20.25Z"))
      print(time.parse("2023-11-14T19:13:20-03:00"), time.parse("2023-11-14T22:13:20"), time.parse("2023-11-14"))
      print(time.parse("tomorrow"))
      print(time.now() > 1700000000, math.type(time.now()))
      """)
    #expect(outcome.error == nil)
    #expect(
      outcome.printed == [
        "1970-01-01T00:00:00Z\t2023-11-14T22:13:20.250Z\t1969-12-31T23:59:59Z", "1700000000.0\t1700000000.25",
        "1700000000.0\t1700000000.0\t1699920000.0", "nil\t'tomorrow' is no ISO 8601 time", "true\tfloat",
      ])
  }

  @Test func impossibleTimesAreMisuse() async {
    let outcome = await runScript("time.iso8601(1e300)")
    #expect(
      outcome.error?.message
        == "test.lua:1: bad argument #1 to 'iso8601' (seconds between the years 0 and 9999 expected)")
  }
}

@Suite struct CryptoModuleTests {
  @Test func theDigestsOfTheStandard() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        print(crypto.sha256(""))
        print(crypto.sha256("abc"))
        fs.write(fs.join(dir, "f"), ("a"):rep(1000000))
        print(crypto.sha256_file(fs.join(dir, "f")))
        """, directory: directory)
    }
    // FIPS 180-4, examples.
    #expect(
      outcome.printed == [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
      ])
  }
}

@Suite struct LogModuleTests {
  /// A line without its time.
  private func lines(_ outcome: ScriptOutcome) -> [String] {
    outcome.logged.map { $0.split(separator: " ", maxSplits: 1).last.map(String.init) ?? "" }
  }

  @Test func linesHaveLevelMessageAndFields() async {
    let outcome = await runScript(
      """
      log.info("started", { port = 80, host = "a b", ok = true, list = { 1, 2 } })
      log.warn("two\\nlines")
      log.error(42)
      log.debug("not shown")
      """)
    #expect(outcome.printed == [])
    #expect(
      lines(outcome) == [
        "INFO  started host=\"a b\" list=[1,2] ok=true port=80\n", "WARN  two\\nlines\n", "ERROR 42\n",
      ])
  }

  @Test func jsonKeepsKindsAndHidesSecrets() async {
    let outcome = await runScript(
      "log.info('m', { n = 7, ok = true, rate = 0.5, list = { 1, 'a' }, user = { token = 'x', id = 'y' } })",
      logFormat: .json)
    #expect(
      outcome.logged.first?.hasSuffix(
        #""level":"info","label":"script","message":"m","metadata":{"list":[1,"a"],"n":7,"ok":true,"rate":0.5,"#
          + #""user":{"id":"y","token":"[redacted]"}}}"# + "\n") == true)
  }

  @Test func theLevelCanBeChanged() async {
    let outcome = await runScript(
      "print(log.level()) log.set_level('debug') log.debug('shown') log.set_level('error') log.warn('hidden') print(log.level())"
    )
    #expect(outcome.printed == ["info", "error"])
    #expect(lines(outcome) == ["DEBUG shown\n"])
  }

  @Test(arguments: [
    ("log.info()", "bad argument #1 to 'info' (message expected, got no value)"),
    ("log.info('a', 'b')", "bad argument #2 to 'info' (table expected, got string)"),
    (
      "log.set_level('loud')",
      "bad argument #1 to 'set_level' (unknown level 'loud'; known: debug, info, warn, error)"
    ),
  ])
  func misuseIsAnErrorAtItsLine(_ source: String, _ expected: String) async {
    #expect(await runScript(source).error?.message == "test.lua:1: \(expected)")
  }

  @Test func timesAreISO8601() async {
    let line = await runScript("log.info('x')").logged.first ?? ""
    #expect(line.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO  x\n/) != nil)
  }
}
