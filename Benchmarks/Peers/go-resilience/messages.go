package main

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// bus hands what is published to a topic to those who subscribed to a pattern of it.
type bus struct {
	mutex       sync.RWMutex
	subscribers []subscriber
}

type subscriber struct {
	pattern []string
	events  chan int
}

func (b *bus) subscribe(pattern string, buffer int) <-chan int {
	events := make(chan int, buffer)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.subscribers = append(b.subscribers, subscriber{strings.Split(pattern, "."), events})
	return events
}

func (b *bus) publish(event int, topic string) int {
	words := strings.Split(topic, ".")
	b.mutex.RLock()
	defer b.mutex.RUnlock()
	receivers := 0
	for _, subscriber := range b.subscribers {
		if matches(subscriber.pattern, words) {
			subscriber.events <- event
			receivers++
		}
	}
	return receivers
}

func (b *bus) close() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, subscriber := range b.subscribers {
		close(subscriber.events)
	}
	b.subscribers = nil
}

// matches knows * for a word and, at the end, > for one or more.
func matches(pattern, words []string) bool {
	for i, part := range pattern {
		if i >= len(words) {
			return false
		}
		if part == ">" {
			return true
		}
		if part != "*" && part != words[i] {
			return false
		}
	}
	return len(pattern) == len(words)
}

// pub/sub 1→64: n numbers are published to one topic, to which 64 subscribers with a pattern listen, each of
// which buffers 16, is waited for when it is full, and adds up what it receives; per number published.
//
// Peer: a slice of channels with their patterns, under an RWMutex.
func pubSub(n int) error {
	bus := new(bus)
	var sum atomic.Int64
	var readers sync.WaitGroup
	for range 64 {
		events := bus.subscribe("events.*", 16)
		readers.Go(func() {
			own := 0
			for event := range events {
				own += event
			}
			sum.Add(int64(own))
		})
	}
	for i := range n {
		if err := expect("receivers", bus.publish(i, "events.login"), 64); err != nil {
			return err
		}
	}
	bus.close()
	readers.Wait()
	return expect("sum of events", int(sum.Load()), 64*(n*(n-1)/2))
}

type question struct {
	number int
	reply  chan int
}

// request/reply: the caller asks a service n times, one request at a time, each with a timeout of a second;
// the service answers with twice the number, in a goroutine of its own for each request.
//
// Peer: a channel of requests, each with a channel for its reply and a context with a timeout.
func requestReply(n int) error {
	questions := make(chan question)
	defer close(questions)
	go func() {
		for asked := range questions {
			go func() { asked.reply <- 2 * asked.number }()
		}
	}()
	ask := func(number int) (int, error) {
		limited, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		asked := question{number, make(chan int, 1)}
		select {
		case questions <- asked:
		case <-limited.Done():
			return 0, limited.Err()
		}
		select {
		case answer := <-asked.reply:
			return answer, nil
		case <-limited.Done():
			return 0, limited.Err()
		}
	}
	sum := 0
	for i := range n {
		answer, err := ask(i)
		if err != nil {
			return err
		}
		sum += answer
	}
	return expect("sum of answers", sum, n*(n-1))
}

// queue delivers each item at least once: it keeps what was handed out until that is acknowledged, with the
// time at which it would be handed out again.
type queue struct {
	mutex    sync.Mutex
	inFlight map[int]lease
	last     int
	items    chan delivery
	pending  sync.WaitGroup
}

type lease struct {
	item, attempt int
	until         time.Time
}

type delivery struct{ id, item, attempt int }

const leaseTime = 30 * time.Second

func newQueue(capacity int) *queue {
	return &queue{inFlight: map[int]lease{}, items: make(chan delivery, capacity)}
}

func (q *queue) enqueue(item int) {
	q.mutex.Lock()
	q.last++
	id := q.last
	q.mutex.Unlock()
	q.pending.Add(1)
	q.items <- delivery{id, item, 0}
}

func (q *queue) take() (delivery, bool) {
	next, open := <-q.items
	if !open {
		return delivery{}, false
	}
	next.attempt++
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.inFlight[next.id] = lease{next.item, next.attempt, time.Now().Add(leaseTime)}
	return next, true
}

func (q *queue) ack(id int) {
	q.mutex.Lock()
	_, held := q.inFlight[id]
	delete(q.inFlight, id)
	q.mutex.Unlock()
	if held {
		q.pending.Done()
	}
}

func (q *queue) process(workers int, body func(int) error) {
	for range workers {
		go func() {
			for {
				next, open := q.take()
				if !open {
					return
				}
				if body(next.item) == nil {
					q.ack(next.id)
				} else {
					q.items <- next
				}
			}
		}()
	}
}

// work queue, 8 workers: the caller enqueues n items, eight workers process them, each of which is kept until
// it is acknowledged; a thousand may wait, and the caller waits until none is left.
//
// Peer: a channel of items, and a map of leases under a mutex. It has no
// priorities, delays, unique keys or dead letters.
func workQueue(n int) error {
	queue := newQueue(1000)
	var sum atomic.Int64
	queue.process(8, func(item int) error {
		sum.Add(int64(item))
		return nil
	})
	for i := range n {
		queue.enqueue(i)
	}
	queue.pending.Wait()
	close(queue.items)
	return expect("sum of items", int(sum.Load()), n*(n-1)/2)
}
