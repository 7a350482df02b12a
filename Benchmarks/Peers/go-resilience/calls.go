package main

import "golang.org/x/time/rate"

// limiter tryAcquire: one goroutine takes n tokens, one at a time, from a bucket that always has some (a
// thousand million a second, and as many saved up).
//
// Peer: golang.org/x/time/rate.
func limiterTryAcquire(n int) error {
	limiter := rate.NewLimiter(1e9, 1_000_000_000)
	taken := 0
	for range n {
		if limiter.Allow() {
			taken++
		}
	}
	return expect("tokens", taken, n)
}

// breaker call: one goroutine calls n times, through a closed breaker that opens after five failures in a
// row, a function that returns a number.
//
// Peer: github.com/sony/gobreaker, or one like it, see the files breaker_*.go.
func breakerCall(n int) error {
	call := newBreaker("service", 5)
	sum := 0
	for i := range n {
		value, err := call(func() (int, error) { return i, nil })
		if err != nil {
			return err
		}
		sum += value
	}
	return expect("sum of results", sum, n*(n-1)/2)
}

// bulkhead execute: one goroutine calls n times, through a bulkhead of ten places that has room, a function
// that returns a number.
//
// Peer: a channel of ten places. Unlike ours it counts nothing, and who waits cannot be cancelled.
func bulkheadExecute(n int) error {
	places := make(chan struct{}, 10)
	execute := func(body func() (int, error)) (int, error) {
		places <- struct{}{}
		defer func() { <-places }()
		return body()
	}
	sum := 0
	for i := range n {
		value, err := execute(func() (int, error) { return i, nil })
		if err != nil {
			return err
		}
		sum += value
	}
	return expect("sum of results", sum, n*(n-1)/2)
}
