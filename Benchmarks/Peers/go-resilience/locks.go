package main

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// semaphore: one goroutine takes one of ten permits and gives it back, n times.
//
// Peer: golang.org/x/sync/semaphore.
func semaphoreAlone(n int) error {
	permits := semaphore.NewWeighted(10)
	everywhere := context.Background()
	for range n {
		if err := permits.Acquire(everywhere, 1); err != nil {
			return err
		}
		permits.Release(1)
	}
	if !permits.TryAcquire(10) {
		return expect("free permits", 0, 10)
	}
	return nil
}

// semaphore (8 tasks): eight goroutines share n turns of: take one of four permits, count, give it back.
//
// Peer: golang.org/x/sync/semaphore.
func semaphoreShared(n int) error {
	const parties = 8
	permits := semaphore.NewWeighted(4)
	everywhere := context.Background()
	var turns atomic.Int64
	var everyone sync.WaitGroup
	for range parties {
		everyone.Go(func() {
			for range n / parties {
				if permits.Acquire(everywhere, 1) != nil {
					return
				}
				turns.Add(1)
				permits.Release(1)
			}
		})
	}
	everyone.Wait()
	return expect("turns", int(turns.Load()), n/parties*parties)
}

// rw lock (95 % reads): eight goroutines share n turns with a number under a read-write lock; every
// twentieth of each adds one to it, the others read it.
//
// Peer: sync.RWMutex.
func rwLock(n int) error {
	const parties = 8
	var lock sync.RWMutex
	value := 0
	var readers atomic.Int64
	var everyone sync.WaitGroup
	for range parties {
		everyone.Go(func() {
			seen := 0
			for i := range n / parties {
				if i%20 == 0 {
					lock.Lock()
					value++
					lock.Unlock()
				} else {
					lock.RLock()
					seen |= value
					lock.RUnlock()
				}
			}
			if seen >= 0 {
				readers.Add(1)
			}
		})
	}
	everyone.Wait()
	if err := expect("goroutines", int(readers.Load()), parties); err != nil {
		return err
	}
	return expect("value", value, (n/parties+19)/20*parties)
}

// barrier lets parties go on together, again and again.
type barrier struct {
	mutex            sync.Mutex
	everybody        sync.Cond
	parties, arrived int
	generation       int
}

func newBarrier(parties int) *barrier {
	b := &barrier{parties: parties}
	b.everybody.L = &b.mutex
	return b
}

func (b *barrier) wait() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.arrived++; b.arrived == b.parties {
		b.arrived = 0
		b.generation++
		b.everybody.Broadcast()
		return
	}
	for own := b.generation; own == b.generation; {
		b.everybody.Wait()
	}
}

// barrier of 8: eight goroutines meet n times; per meeting.
//
// Peer: a mutex and a condition, with generations. Unlike ours, who waits cannot be cancelled.
func barrierOfEight(n int) error {
	const parties = 8
	barrier := newBarrier(parties)
	var everyone sync.WaitGroup
	for range parties {
		everyone.Go(func() {
			for range n {
				barrier.wait()
			}
		})
	}
	everyone.Wait()
	return expect("meetings", barrier.generation, n)
}

// latch (8 tasks): eight goroutines share n steps of one latch, which the caller waits for; per step.
//
// Peer: sync.WaitGroup.
func latchShared(n int) error {
	const parties = 8
	var latch sync.WaitGroup
	latch.Add(n / parties * parties)
	for range parties {
		go func() {
			for range n / parties {
				latch.Done()
			}
		}()
	}
	latch.Wait()
	return nil
}

// latch of 8: the caller gives a latch to eight goroutines, each of which counts a step, and waits for it, n times;
// per latch.
//
// Peer: sync.WaitGroup, each in an allocation of its own, as what is shared between goroutines is.
func latchOfEight(n int) error {
	var parties [8]chan *sync.WaitGroup
	for i := range parties {
		parties[i] = make(chan *sync.WaitGroup, 1)
		go func() {
			for latch := range parties[i] {
				latch.Done()
			}
		}()
	}
	opened := 0
	for range n {
		latch := new(sync.WaitGroup)
		latch.Add(len(parties))
		for _, party := range parties {
			party <- latch
		}
		latch.Wait()
		opened++
	}
	for _, party := range parties {
		close(party)
	}
	return expect("latches", opened, n)
}

// array of latches: the caller makes n latches of eight, a thousand at a time, which eight goroutines count down one
// after another, and waits for each; per latch.
//
// Peer: as above.
func arrayOfLatches(n int) error {
	var parties [8]chan []*sync.WaitGroup
	for i := range parties {
		parties[i] = make(chan []*sync.WaitGroup, 1)
		go func() {
			for latches := range parties[i] {
				for _, latch := range latches {
					latch.Done()
				}
			}
		}()
	}
	opened := 0
	for opened < n {
		latches := make([]*sync.WaitGroup, min(1000, n-opened))
		for i := range latches {
			latches[i] = new(sync.WaitGroup)
			latches[i].Add(len(parties))
		}
		for _, party := range parties {
			party <- latches
		}
		for _, latch := range latches {
			latch.Wait()
		}
		opened += len(latches)
	}
	for _, party := range parties {
		close(party)
	}
	return expect("latches", opened, n)
}
