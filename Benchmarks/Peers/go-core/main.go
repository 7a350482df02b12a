// Command core runs one row of the core or the flow benchmark in Go and prints its figure as a JSON line:
//
//	core ROW N
//
// Every row is described where it is written; the Swift side (Sources/CoreRows and FlowRows) follows
// the same description word for word. The process measures itself, after a warm-up of a tenth of N.
package main

var rows = map[string]row{
	"spawn+join":                 timed(spawnJoin),
	"ping-pong":                  timed(pingPong),
	"unbuffered spsc":            timed(spsc(0)),
	"buffered-100 spsc":          timed(spsc(100)),
	"buffered-100 mpmc 4x4":      timed(mpmc),
	"select-2":                   timed(selectTwo),
	"mutex-8":                    timed(mutexEight),
	"worker-pool-8":              timed(workerPool),
	"pipeline-4":                 timed(pipelineFour),
	"bytes per parked goroutine": {unit: "B", run: bytesPerParked},
	"one million parked":         timed(parkAndRelease),

	"pipeline 4x2":                timed(pipeline(2, 16)),
	"pipeline 4x2 async":          timed(pipeline(2, 16)),
	"worker pool with results":    timed(poolWithResults),
	"fan-out 8 / fan-in":          timed(fanOutFanIn),
	"broadcast 1→64":              timed(broadcast),
	"priority channel":            timed(priority),
	"cache hit (8 readers)":       timed(cacheHit),
	"single flight":               timed(singleFlight),
	"batch processor":             timed(batchProcessor),
	"merge 2":                     timed(mergeTwo),
	"debounce":                    timed(debounce),
	"pipeline 4x1 (AsyncChannel)": timed(pipeline(1, 0)),
}
