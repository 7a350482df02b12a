package main

import "sync"

// mutex-8: eight goroutines share n turns of lock, increment, unlock.
func mutexEight(n int) error {
	const parties = 8
	var mutex sync.Mutex
	var everyone sync.WaitGroup
	counter := 0
	for range parties {
		everyone.Go(func() {
			for range n / parties {
				mutex.Lock()
				counter++
				mutex.Unlock()
			}
		})
	}
	everyone.Wait()
	return expect("counter", counter, n/parties*parties)
}

// worker-pool-8: a source sends n jobs into a channel of 100, eight workers answer each into a
// results channel of 100, the caller receives n results.
func workerPool(n int) error {
	jobs, results := make(chan int, 100), make(chan int, 100)
	for range 8 {
		go func() {
			for job := range jobs {
				results <- 2 * job
			}
		}()
	}
	go func() {
		for i := range n {
			jobs <- i
		}
		close(jobs)
	}()
	sum := 0
	for range n {
		sum += <-results
	}
	return expect("sum of results", sum, n*(n-1))
}

// pipeline-4: a source, four stages and a sink joined by unbuffered channels; every stage adds one
// to each of n elements and closes its output behind the last.
func pipelineFour(n int) error {
	source := make(chan int)
	go func() {
		for i := range n {
			source <- i
		}
		close(source)
	}()
	last := source
	for range 4 {
		input, output := last, make(chan int)
		go func() {
			for value := range input {
				output <- value + 1
			}
			close(output)
		}()
		last = output
	}
	sum := 0
	for value := range last {
		sum += value
	}
	return expect("sum of elements", sum, n*(n-1)/2+4*n)
}
