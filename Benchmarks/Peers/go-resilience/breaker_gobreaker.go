//go:build gobreaker

package main

import "github.com/sony/gobreaker/v2"

// newBreaker makes a gobreaker, and returns what calls through it.
func newBreaker(name string, threshold uint32) func(func() (int, error)) (int, error) {
	return gobreaker.NewCircuitBreaker[int](gobreaker.Settings{
		Name:        name,
		ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= threshold },
	}).Execute
}
