package main

import "sync"

// ping-pong: n round trips between two goroutines over two unbuffered channels.
func pingPong(n int) error {
	there, back := make(chan int), make(chan int)
	go func() {
		for value := range there {
			back <- value
		}
		close(back)
	}()
	sum := 0
	for i := range n {
		there <- i
		sum += <-back
	}
	close(there)
	<-back
	return expect("sum of echoes", sum, n*(n-1)/2)
}

// unbuffered spsc, buffered-100 spsc: one producer sends n elements and closes, one consumer
// receives until the end.
func spsc(capacity int) func(int) error {
	return func(n int) error {
		channel := make(chan int, capacity)
		go func() {
			for i := range n {
				channel <- i
			}
			close(channel)
		}()
		sum := 0
		for value := range channel {
			sum += value
		}
		return expect("sum of elements", sum, n*(n-1)/2)
	}
}

// buffered-100 mpmc 4x4: four producers send n/4 elements each into one channel of capacity 100,
// four consumers receive until it is closed behind the last producer.
func mpmc(n int) error {
	const parties = 4
	channel := make(chan int, 100)
	var producers sync.WaitGroup
	for range parties {
		producers.Go(func() {
			for i := range n / parties {
				channel <- i
			}
		})
	}
	counts := make(chan int)
	for range parties {
		go func() {
			count := 0
			for range channel {
				count++
			}
			counts <- count
		}()
	}
	producers.Wait()
	close(channel)
	total := 0
	for range parties {
		total += <-counts
	}
	return expect("elements received", total, n/parties*parties)
}

// select-2: one consumer selects over two unbuffered channels, each with a producer of n/2
// elements, until it has received them all.
func selectTwo(n int) error {
	left, right := make(chan int), make(chan int)
	for _, channel := range []chan int{left, right} {
		go func() {
			for i := range n / 2 {
				channel <- i
			}
		}()
	}
	half, sum := n/2, 0
	for range 2 * half {
		select {
		case value := <-left:
			sum += value
		case value := <-right:
			sum += value
		}
	}
	return expect("sum of elements", sum, half*(half-1))
}
