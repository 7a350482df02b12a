package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// parked spawns n goroutines that each announce themselves and then park in a receive on one
// channel. It returns once all of them have announced; release closes the channel and joins them.
func parked(n int) (release func() error) {
	gate := make(chan int)
	var started, ended sync.WaitGroup
	var woken atomic.Int64
	started.Add(n)
	ended.Add(n)
	for range n {
		go func() {
			started.Done()
			if _, open := <-gate; !open {
				woken.Add(1)
			}
			ended.Done()
		}()
	}
	started.Wait()
	return func() error {
		close(gate)
		ended.Wait()
		return expect("goroutines released", int(woken.Load()), n)
	}
}

// one million parked: spawn n goroutines that park in a receive, then release them all by closing
// the channel, and join them; per goroutine.
func parkAndRelease(n int) error { return parked(n)() }

// bytes per parked goroutine: resident memory of n goroutines parked in a receive, divided by n.
// The collector runs before either reading, so that garbage does not count.
func bytesPerParked(n int) (float64, error) {
	if err := parked(16)(); err != nil {
		return 0, err
	}
	debug.FreeOSMemory()
	before, err := residentBytes()
	if err != nil {
		return 0, err
	}
	release := parked(n)
	// The last ones have announced themselves but may still be on their way into the receive.
	time.Sleep(50 * time.Millisecond)
	debug.FreeOSMemory()
	after, err := residentBytes()
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(n), release()
}

func residentBytes() (int, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var total, resident int
	_, err = fmt.Sscan(string(statm), &total, &resident)
	return resident * os.Getpagesize(), err
}
