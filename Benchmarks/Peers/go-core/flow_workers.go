package main

import (
	"sync"
	"time"
)

// outcome is what a worker of a pool sends back. Ours has the duration of each job in it as well.
type outcome struct {
	input, output int
	err           error
}

// worker pool with results: a source gives n jobs to a pool of eight workers with a queue of 100, the
// caller receives the outcomes, each with its input, through a buffer of 100.
//
// Peer: eight goroutines between two channels, and a WaitGroup that closes the second.
func poolWithResults(n int) error {
	work := func(job int) (int, error) { return 2 * job, nil }
	jobs, results := feed(n, 100), make(chan outcome, 100)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for job := range jobs {
				output, err := work(job)
				results <- outcome{job, output, err}
			}
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	sum := 0
	for outcome := range results {
		if outcome.err != nil {
			return outcome.err
		}
		sum += outcome.output - outcome.input
	}
	return expect("sum of results", sum, n*(n-1)/2)
}

// batcher collects items and gives them to a sink, one batch at a time: when a batch is full, when a
// time is over, and at the end.
type batcher struct {
	items chan int
	done  chan struct{}
}

func newBatcher(size int, every time.Duration, sink func([]int)) *batcher {
	b := &batcher{items: make(chan int, size), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		batch := make([]int, 0, size)
		deliver := func() {
			if len(batch) > 0 {
				sink(batch)
				batch = make([]int, 0, size)
			}
		}
		for {
			select {
			case item, open := <-b.items:
				if !open {
					deliver()
					return
				}
				if batch = append(batch, item); len(batch) == size {
					deliver()
				}
			case <-ticker.C:
				deliver()
			}
		}
	}()
	return b
}

func (b *batcher) add(item int) { b.items <- item }

func (b *batcher) close() {
	close(b.items)
	<-b.done
}

// batch processor: four producers add n/4 items each to batches of 100, or of a second; the sink, which
// gets one batch at a time, adds them up.
//
// Peer: a goroutine that selects between a channel of items and a ticker, and calls the sink. Less usual,
// and some three times as quick: a slice under a mutex.
func batchProcessor(n int) error {
	const parties = 4
	sum := 0
	batches := newBatcher(100, time.Second, func(items []int) {
		for _, item := range items {
			sum += item
		}
	})
	var producers sync.WaitGroup
	for range parties {
		producers.Go(func() {
			for i := range n / parties {
				batches.add(i)
			}
		})
	}
	producers.Wait()
	batches.close()
	each := n / parties
	return expect("sum of items", sum, parties*(each*(each-1)/2))
}
