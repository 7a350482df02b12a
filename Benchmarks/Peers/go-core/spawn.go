package main

// spawn+join: spawn one goroutine and wait for its result, n times in sequence.
//
// A result channel is quicker here than a WaitGroup, and carries the value as our handle does.
func spawnJoin(n int) error {
	done := make(chan int)
	sum := 0
	for i := range n {
		go func() { done <- i }()
		sum += <-done
	}
	return expect("sum of results", sum, n*(n-1)/2)
}
