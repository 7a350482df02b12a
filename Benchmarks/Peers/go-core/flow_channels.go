package main

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"
)

// feed starts a source: n elements into a channel, which it closes.
func feed(n, capacity int) chan int {
	source := make(chan int, capacity)
	go func() {
		for i := range n {
			source <- i
		}
		close(source)
	}()
	return source
}

// pipeline 4x2, pipeline 4x2 async, pipeline 4x1 (AsyncChannel): a source, four stages and a sink
// joined by channels; every stage adds one to each of n elements.
//
// Peer: channels and goroutines, and a WaitGroup that closes a stage's output behind its last worker.
func pipeline(workers, capacity int) func(int) error {
	return func(n int) error {
		last := feed(n, capacity)
		for range 4 {
			last = stage(last, workers, capacity, successor)
		}
		sum := 0
		for value := range last {
			sum += value
		}
		return expect("sum of elements", sum, n*(n-1)/2+4*n)
	}
}

func stage(input chan int, workers, capacity int, body func(int) int) chan int {
	output := make(chan int, capacity)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for value := range input {
				output <- body(value)
			}
		})
	}
	go func() {
		all.Wait()
		close(output)
	}()
	return output
}

func successor(value int) int { return value + 1 }

// fan-out 8 / fan-in: a source sends n elements into an unbuffered channel, eight workers double each
// into an unbuffered channel of their own, and those are merged into one that the caller receives from.
//
// Peer: the fan-out and merge of the Go blog's "Pipelines and cancellation".
func fanOutFanIn(n int) error {
	source := feed(n, 0)
	outputs := make([]chan int, 8)
	for i := range outputs {
		outputs[i] = stage(source, 1, 0, func(value int) int { return 2 * value })
	}
	sum := 0
	for value := range merge(outputs...) {
		sum += value
	}
	return expect("sum of results", sum, n*(n-1))
}

func merge(inputs ...chan int) chan int {
	output := make(chan int)
	var all sync.WaitGroup
	for _, input := range inputs {
		all.Go(func() {
			for value := range input {
				output <- value
			}
		})
	}
	go func() {
		all.Wait()
		close(output)
	}()
	return output
}

// merge 2: two unbuffered channels, each with a producer of n/2 elements that closes it, are merged;
// the caller receives until the end.
//
// Peer: the same merge.
func mergeTwo(n int) error {
	sum := 0
	for value := range merge(feed(n/2, 0), feed(n/2, 0)) {
		sum += value
	}
	return expect("sum of elements", sum, n/2*(n/2-1))
}

// broadcaster is a list of channels under a lock; one that is full holds up the others, which ours
// does not.
type broadcaster struct {
	mutex       sync.RWMutex
	subscribers []chan int
}

func (b *broadcaster) subscribe(buffer int) <-chan int {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	subscriber := make(chan int, buffer)
	b.subscribers = append(b.subscribers, subscriber)
	return subscriber
}

func (b *broadcaster) broadcast(value int) {
	b.mutex.RLock()
	defer b.mutex.RUnlock()
	for _, subscriber := range b.subscribers {
		subscriber <- value
	}
}

func (b *broadcaster) close() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, subscriber := range b.subscribers {
		close(subscriber)
	}
	b.subscribers = nil
}

// broadcast 1→64: n elements are broadcast to 64 subscribers, each of which buffers 16, is waited for
// when it is full, and adds up what it receives; per element broadcast.
//
// Peer: a channel for each subscriber, in a slice under an RWMutex.
func broadcast(n int) error {
	var news broadcaster
	var sum atomic.Int64
	var readers sync.WaitGroup
	for range 64 {
		reader := news.subscribe(16)
		readers.Go(func() {
			own := 0
			for value := range reader {
				own += value
			}
			sum.Add(int64(own))
		})
	}
	for i := range n {
		news.broadcast(i)
	}
	news.close()
	readers.Wait()
	return expect("sum of elements", int(sum.Load()), 64*(n*(n-1)/2))
}

// item is an element of a priorityChannel; number keeps those of one priority in order.
type item struct {
	value, priority, number int
}

type itemHeap []item

func (h itemHeap) Len() int      { return len(h) }
func (h itemHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h itemHeap) Less(i, j int) bool {
	if h[i].priority != h[j].priority {
		return h[i].priority > h[j].priority
	}
	return h[i].number < h[j].number
}
func (h *itemHeap) Push(x any) { *h = append(*h, x.(item)) }
func (h *itemHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

type priorityChannel struct {
	mutex             sync.Mutex
	notEmpty, notFull sync.Cond
	items             itemHeap
	capacity, sent    int
	closed            bool
}

func newPriorityChannel(capacity int) *priorityChannel {
	c := &priorityChannel{capacity: capacity}
	c.notEmpty.L, c.notFull.L = &c.mutex, &c.mutex
	return c
}

func (c *priorityChannel) send(value, priority int) {
	c.mutex.Lock()
	for len(c.items) == c.capacity {
		c.notFull.Wait()
	}
	c.sent++
	heap.Push(&c.items, item{value, priority, c.sent})
	c.mutex.Unlock()
	c.notEmpty.Signal()
}

func (c *priorityChannel) receive() (value int, open bool) {
	c.mutex.Lock()
	for len(c.items) == 0 {
		if c.closed {
			c.mutex.Unlock()
			return 0, false
		}
		c.notEmpty.Wait()
	}
	value = heap.Pop(&c.items).(item).value
	c.mutex.Unlock()
	c.notFull.Signal()
	return value, true
}

func (c *priorityChannel) close() {
	c.mutex.Lock()
	c.closed = true
	c.mutex.Unlock()
	c.notEmpty.Broadcast()
}

// priority channel: one producer sends n elements of eight priorities through a priority channel of 100,
// in which those of one priority keep their order, and closes it; one consumer receives until the end.
//
// Peer: container/heap, a mutex and two conditions.
func priority(n int) error {
	channel := newPriorityChannel(100)
	go func() {
		for i := range n {
			channel.send(i, i&7)
		}
		channel.close()
	}()
	sum := 0
	for value, open := channel.receive(); open; value, open = channel.receive() {
		sum += value
	}
	return expect("sum of elements", sum, n*(n-1)/2)
}

// debounced hands on an element once none has followed it for some time, and the last when the input
// is closed.
func debounced(input <-chan int, quiet time.Duration) <-chan int {
	output := make(chan int, 16)
	go func() {
		defer close(output)
		timer := time.NewTimer(quiet)
		timer.Stop()
		held, isHeld := 0, false
		for {
			select {
			case value, open := <-input:
				if !open {
					if isHeld {
						output <- held
					}
					return
				}
				held, isHeld = value, true
				timer.Reset(quiet)
			case <-timer.C:
				output <- held
				isHeld = false
			}
		}
	}()
	return output
}

// debounce: one producer sends n elements into an unbuffered channel as fast as it can and closes it;
// of its debounced elements, with a second of quiet, the caller receives the last.
//
// Peer: a goroutine that selects between the channel and a timer, which each element resets.
func debounce(n int) error {
	last := -1
	for value := range debounced(feed(n, 0), time.Second) {
		last = value
	}
	return expect("last element", last, n-1)
}
