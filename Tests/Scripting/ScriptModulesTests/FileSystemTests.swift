import RevoadaLua
import Testing

@testable import RevoadaScriptModules

@Suite struct FileSystemTests {
  @Test func contentsSurviveTheRoundTrip() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        #"""
        local file = fs.join(dir, "a.bin")
        local data = "zero\0 and \255 bytes\n"
        print(fs.write(file, data), fs.read(file) == data)
        print(fs.append(file, "tail"), fs.read(file) == data .. "tail", fs.count_lines(file))
        print(fs.write(file, ""), fs.read(file) == "", fs.count_lines(file))
        """#, directory: directory)
    }
    #expect(outcome.error == nil)
    #expect(outcome.printed == ["true\ttrue", "true\ttrue\t2", "true\ttrue\t0"])
  }

  @Test func expectedFailuresAreMessages() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        local plain = dir:gsub("%p", "%%%0")
        local function show(...) print((select(2, ...):gsub(plain, "DIR"))) end
        show(fs.read(fs.join(dir, "no")))
        show(fs.read(dir))
        show(fs.write(fs.join(dir, "no", "x"), ""))
        show(fs.list(fs.join(dir, "no")))
        show(fs.stat(fs.join(dir, "no")))
        show(fs.walk(fs.join(dir, "no")))
        show(fs.remove(fs.join(dir, "no")))
        show(fs.copy(fs.join(dir, "no"), fs.join(dir, "to")))
        show(fs.copy(dir, fs.join(dir, "to")))
        show(fs.move(fs.join(dir, "no"), fs.join(dir, "to")))
        show(fs.count_lines(fs.join(dir, "no")))
        show(crypto.sha256_file(fs.join(dir, "no")))
        """, directory: directory)
    }
    #expect(outcome.error == nil)
    #expect(
      outcome.printed == [
        "open 'DIR/no': No such file or directory", "read 'DIR': Is a directory",
        "open 'DIR/no/x': No such file or directory", "open 'DIR/no': No such file or directory",
        "stat 'DIR/no': No such file or directory", "open 'DIR/no': No such file or directory",
        "stat 'DIR/no': No such file or directory", "stat 'DIR/no': No such file or directory",
        "copy 'DIR': is a directory", "move 'DIR/no': No such file or directory",
        "open 'DIR/no': No such file or directory", "open 'DIR/no': No such file or directory",
      ])
  }

  @Test(arguments: [
    ("fs.read()", "bad argument #1 to 'read' (string expected, got no value)"),
    ("fs.read('')", "bad argument #1 to 'read' (a path cannot be empty)"),
    ("fs.read('a\\0b')", "bad argument #1 to 'read' (a path cannot contain a NUL byte)"),
    ("fs.write('x')", "bad argument #2 to 'write' (string expected, got no value)"),
    ("fs.walk('.', { skp = {} })", "bad argument #2 to 'walk' (unknown option 'skp'; known: skip, type)"),
    (
      "fs.walk('.', { type = 'socket' })",
      "bad argument #2 to 'walk' (option 'type': file, directory, link or other expected)"
    ),
    ("fs.join({})", "bad argument #1 to 'join' (string expected, got table)"),
    ("fs.remove('x', true)", "bad argument #2 to 'remove' (table expected, got boolean)"),
  ])
  func misuseIsAnErrorAtItsLine(_ source: String, _ expected: String) async {
    let outcome = await runScript("\n" + source)
    #expect(outcome.error?.message == "test.lua:2: \(expected)")
  }

  @Test func walksAreSortedAndDoNotFollowLinks() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        assert(fs.mkdir(fs.join(dir, "b/deep/deeper")))
        assert(fs.mkdir(fs.join(dir, ".git/objects")))
        for _, name in ipairs({ "z.lua", "a.lua", "b/deep/c.txt", "b/x.tmp", ".git/config" }) do
          assert(fs.write(fs.join(dir, name), name))
        end
        assert(exec.run({ "ln", "-s", dir, fs.join(dir, "b/loop") }).success)
        local plain = dir:gsub("%p", "%%%0")
        local function show(list) print((table.concat(list, " "):gsub(plain .. "/", ""))) end
        show(fs.list(dir))
        show((fs.walk(dir)))
        show((fs.walk(dir, { skip = { ".git", "*.tmp" }, type = "file" })))
        show((fs.walk(dir, { type = "link" })))
        show(fs.glob(fs.join(dir, "*.lua")))
        show(fs.glob(fs.join(dir, "*.none")))
        """, directory: directory)
    }
    #expect(outcome.error == nil)
    #expect(
      outcome.printed == [
        ".git a.lua b z.lua",
        ".git .git/config .git/objects a.lua b b/deep b/deep/c.txt b/deep/deeper b/loop b/x.tmp z.lua",
        "a.lua b/deep/c.txt z.lua", "b/loop", "a.lua z.lua", "",
      ])
  }

  @Test func statusTellsWhatAFileIs() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        local file, link = fs.join(dir, "f"), fs.join(dir, "l")
        fs.write(file, "12345")
        exec.run({ "ln", "-s", "f", link })
        exec.run({ "chmod", "640", file })
        local status = fs.stat(link)
        print(status.type, status.size, ("%o"):format(status.mode), time.now() - status.modified < 3600)
        print(fs.lstat(link).type, fs.stat(dir).type)
        print(fs.exists(file), fs.exists(file .. "x"), fs.is_file(file), fs.is_dir(file), fs.is_dir(dir))
        """, directory: directory)
    }
    #expect(outcome.printed == ["file\t5\t640\ttrue", "link\tdirectory", "true\tfalse\ttrue\tfalse\ttrue"])
  }

  @Test func filesAreCopiedMovedAndRemoved() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        local a, b, c = fs.join(dir, "a"), fs.join(dir, "b"), fs.join(dir, "c")
        fs.write(a, "content")
        exec.run({ "chmod", "750", a })
        print(fs.copy(a, b), fs.read(b), ("%o"):format(fs.stat(b).mode))
        print(fs.move(b, c), fs.exists(b), fs.read(c))
        print(select(2, fs.copy(a, a)):find("same file") ~= nil, fs.read(a))
        fs.mkdir(fs.join(dir, "d/e"))
        print(fs.remove(fs.join(dir, "d")) == nil, fs.remove(fs.join(dir, "d"), { recursive = true }))
        print(fs.remove(a), fs.exists(a), fs.mkdir(dir))
        """, directory: directory)
    }
    #expect(
      outcome.printed == [
        "true\tcontent\t750", "true\tfalse\tcontent", "true\tcontent", "true\ttrue", "true\tfalse\ttrue",
      ])
  }

  @Test func removingATreeLeavesWhatItsLinksPointTo() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        fs.mkdir(fs.join(dir, "keep")) fs.mkdir(fs.join(dir, "gone"))
        fs.write(fs.join(dir, "keep/f"), "x")
        exec.run({ "ln", "-s", "../keep", fs.join(dir, "gone/link") })
        print(fs.remove(fs.join(dir, "gone"), { recursive = true }), fs.read(fs.join(dir, "keep/f")))
        """, directory: directory)
    }
    #expect(outcome.printed == ["true\tx"])
  }

  @Test func namesThatAreNoTextWork() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        #"""
        local name = "caf\233"
        fs.write(fs.join(dir, name), "latin")
        print(fs.list(dir)[1] == name, fs.read(fs.join(dir, fs.list(dir)[1])))
        """#, directory: directory)
    }
    #expect(outcome.printed == ["true\tlatin"])
  }

  @Test func onlyTheCallerWaits() async throws {
    let outcome = try await withDirectory { directory in
      await runScript(
        """
        local group = goroutine.wait_group()
        group:add(50)
        for i = 1, 50 do
          goroutine.spawn(function()
            assert(fs.write(fs.join(dir, tostring(i)), ("x"):rep(i)))
            assert(fs.stat(fs.join(dir, tostring(i))).size == i)
            group:done()
          end)
        end
        group:wait()
        print(#fs.list(dir))
        """, directory: directory)
    }
    #expect(outcome.error == nil)
    #expect(outcome.printed == ["50"])
  }
}
