// Command lua runs a benchmark script on gopher-lua, with the goroutine module that such hosts
// usually have: a new Lua state for every spawned function, Go channels of Lua values between them.
//
//	lua SCRIPT
//
// The very same script runs on revoada; only the names it uses are provided here.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: lua SCRIPT")
		os.Exit(2)
	}
	state := newState()
	defer state.Close()
	// As with our command, `require` finds modules beside the script.
	beside := filepath.Join(filepath.Dir(os.Args[1]), "?.lua")
	state.SetField(state.GetGlobal("package"), "path", lua.LString(beside))
	if err := state.DoFile(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// newState opens the standard libraries and the two modules that the scripts use.
func newState() *lua.LState {
	state := lua.NewState()
	state.PreloadModule("goroutine", openGoroutine)
	state.PreloadModule("time", openTime)
	return state
}

var origin = time.Now()

func openTime(state *lua.LState) int {
	state.Push(state.SetFuncs(state.NewTable(), map[string]lua.LGFunction{
		"now_ms": func(state *lua.LState) int {
			state.Push(lua.LNumber(float64(time.Since(origin).Nanoseconds()) / 1e6))
			return 1
		},
	}))
	return 1
}
