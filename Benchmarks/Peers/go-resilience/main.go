// Command resilience runs one row of the resilience benchmark in Go and prints its figure as a JSON line:
//
//	resilience ROW N
//
// Every row is described where it is written; the Swift side (Sources/ResilienceRows) follows the same
// description word for word. It is built by Scripts/build-go-resilience-rows.sh, which adds harness.go
// of go-core and gets the modules.
package main

var rows = map[string]row{
	"limiter tryAcquire":    timed(limiterTryAcquire),
	"breaker call":          timed(breakerCall),
	"bulkhead execute":      timed(bulkheadExecute),
	"semaphore":             timed(semaphoreAlone),
	"semaphore (8 tasks)":   timed(semaphoreShared),
	"rw lock (95 % reads)":  timed(rwLock),
	"barrier of 8":          timed(barrierOfEight),
	"latch (8 tasks)":       timed(latchShared),
	"latch of 8":            timed(latchOfEight),
	"array of latches":      timed(arrayOfLatches),
	"pub/sub 1→64":          timed(pubSub),
	"request/reply":         timed(requestReply),
	"work queue, 8 workers": timed(workQueue),
}
