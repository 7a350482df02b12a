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
		return fmt.Errorf("usage: ROW N")
	}
	row, known := rows[args[0]]
	n, err := strconv.Atoi(args[1])
	if !known || err != nil || n < 1 {
		return fmt.Errorf("no row %q with n = %q", args[0], args[1])
	}
	value, err := row.run(n)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"name": args[0], "unit": row.unit, "value": value})
}
