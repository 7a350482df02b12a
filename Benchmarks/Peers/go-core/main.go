// Command core runs one row of the core or the flow benchmark in Go and prints its figure as a JSON line:
//
//	core ROW N
//
// Every row is described where it is written; the Swift side (Sources/CoreRows and FlowRows) follows
// the same description word for word. The process measures itself, after a warm-up of a tenth of N.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
)

// A row does its work n times and reports what a caller would notice going wrong.
type row struct {
	unit string
	run  func(n int) (value float64, err error)
}

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

// timed turns a loop into a row in nanoseconds per operation, warmed up once.
func timed(loop func(n int) error) row {
	return row{unit: "ns", run: func(n int) (float64, error) {
		if err := loop(max(n/10, 16)); err != nil {
			return 0, err
		}
		start := time.Now()
		err := loop(n)
		return float64(time.Since(start).Nanoseconds()) / float64(n), err
	}}
}

// expect reports a row that lost or invented work.
func expect(what string, got, want int) error {
	if got != want {
		return fmt.Errorf("%s: got %d, want %d", what, got, want)
	}
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: core ROW N")
	}
	row, known := rows[args[0]]
	n, err := strconv.Atoi(args[1])
	if !known || err != nil || n < 1 {
		return fmt.Errorf("core: no row %q with n = %q", args[0], args[1])
	}
	value, err := row.run(n)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"name": args[0], "unit": row.unit, "value": value})
}
