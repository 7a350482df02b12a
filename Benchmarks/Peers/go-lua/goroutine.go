package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func openGoroutine(state *lua.LState) int {
	state.Push(state.SetFuncs(state.NewTable(), map[string]lua.LGFunction{
		"spawn":      spawn,
		"sleep":      sleep,
		"channel":    newChannel,
		"wait_group": newWaitGroup,
	}))
	return 1
}

// spawn runs a function in a new state and a goroutine of its own. The function is rebuilt from its
// prototype, since a closure belongs to the state that made it; arguments are handed over as they are.
func spawn(state *lua.LState) int {
	function := state.CheckFunction(1)
	if function.IsG {
		state.ArgError(1, "a Lua function is needed")
	}
	arguments := make([]lua.LValue, 0, state.GetTop())
	for index := 2; index <= state.GetTop(); index++ {
		arguments = append(arguments, state.Get(index))
	}
	go func() {
		own := newState()
		defer own.Close()
		call := lua.P{Fn: rebuilt(own, function.Proto), NRet: 0, Protect: true}
		if err := own.CallByParam(call, arguments...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}()
	return 0
}

// rebuilt makes a function of state out of a prototype, as LState.NewFunctionFromProto does where the
// library is recent enough to have it. Captured variables stay behind.
func rebuilt(state *lua.LState, proto *lua.FunctionProto) *lua.LFunction {
	return &lua.LFunction{
		Env:      state.Env,
		Proto:    proto,
		Upvalues: make([]*lua.Upvalue, proto.NumUpvalues),
	}
}

func sleep(state *lua.LState) int {
	time.Sleep(time.Duration(float64(state.CheckNumber(1)) * float64(time.Millisecond)))
	return 0
}

// methods gives a user value its methods. The table is built once and only read afterwards, so that
// states may share it.
func methods(functions map[string]lua.LGFunction) *lua.LTable {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	table := state.NewTable()
	table.RawSetString("__index", state.SetFuncs(state.NewTable(), functions))
	return table
}

var channelMethods = methods(map[string]lua.LGFunction{
	"send": func(state *lua.LState) int {
		checkChannel(state) <- state.CheckAny(2)
		return 0
	},
	"receive": func(state *lua.LState) int {
		value, open := <-checkChannel(state)
		if !open {
			value = lua.LNil
		}
		state.Push(value)
		state.Push(lua.LBool(open))
		return 2
	},
	"close": func(state *lua.LState) int {
		close(checkChannel(state))
		return 0
	},
})

func newChannel(state *lua.LState) int {
	data := state.NewUserData()
	data.Value = make(chan lua.LValue, state.OptInt(1, 0))
	data.Metatable = channelMethods
	state.Push(data)
	return 1
}

func checkChannel(state *lua.LState) chan lua.LValue {
	channel, ok := state.CheckUserData(1).Value.(chan lua.LValue)
	if !ok {
		state.ArgError(1, "a channel is needed")
	}
	return channel
}

var waitGroupMethods = methods(map[string]lua.LGFunction{
	"add": func(state *lua.LState) int {
		checkWaitGroup(state).Add(state.CheckInt(2))
		return 0
	},
	"done": func(state *lua.LState) int {
		checkWaitGroup(state).Done()
		return 0
	},
	"wait": func(state *lua.LState) int {
		checkWaitGroup(state).Wait()
		return 0
	},
})

func newWaitGroup(state *lua.LState) int {
	data := state.NewUserData()
	data.Value = new(sync.WaitGroup)
	data.Metatable = waitGroupMethods
	state.Push(data)
	return 1
}

func checkWaitGroup(state *lua.LState) *sync.WaitGroup {
	group, ok := state.CheckUserData(1).Value.(*sync.WaitGroup)
	if !ok {
		state.ArgError(1, "a wait group is needed")
	}
	return group
}
