//go:build !gobreaker

package main

import (
	"errors"
	"sync"
	"time"
)

var errOpen = errors.New("circuit breaker is open")

// breaker is what one writes who does without a module: one mutex, a generation per call, consecutive
// failures. Quicker than gobreaker, which reads the clock twice a call and keeps buckets of counts.
type breaker struct {
	mutex                             sync.Mutex
	name                              string
	threshold, inARow                 uint32
	requests, successes, failureCount uint64
	generation                        uint64
	open, halfOpen                    bool
	retryAt                           time.Time
}

const openFor = 30 * time.Second

// newBreaker makes a breaker, and returns what calls through it.
func newBreaker(name string, threshold uint32) func(func() (int, error)) (int, error) {
	b := &breaker{name: name, threshold: threshold}
	return func(body func() (int, error)) (int, error) {
		generation, err := b.before()
		if err != nil {
			return 0, err
		}
		value, err := body()
		b.after(generation, err == nil)
		return value, err
	}
}

func (b *breaker) before() (uint64, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.halfOpen {
		return 0, errOpen
	}
	if b.open {
		if time.Now().Before(b.retryAt) {
			return 0, errOpen
		}
		b.change(false, true)
	}
	b.requests++
	return b.generation, nil
}

func (b *breaker) after(generation uint64, success bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if generation != b.generation {
		return
	}
	if success {
		b.successes++
		b.inARow = 0
		if b.halfOpen {
			b.change(false, false)
		}
		return
	}
	b.failureCount++
	b.inARow++
	if b.halfOpen || b.inARow >= b.threshold {
		b.retryAt = time.Now().Add(openFor)
		b.change(true, false)
	}
}

func (b *breaker) change(open, halfOpen bool) {
	b.open, b.halfOpen = open, halfOpen
	b.generation++
	b.inARow = 0
}
