package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// cache is a map with a time to live, under a lock.
type cache struct {
	mutex   sync.RWMutex
	entries map[int]entry
	ttl     time.Duration
}

type entry struct {
	value   int
	expires time.Time
}

func newCache(ttl time.Duration) *cache { return &cache{entries: map[int]entry{}, ttl: ttl} }

func (c *cache) get(key int) (value int, found bool) {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	entry, found := c.entries[key]
	if !found || !time.Now().Before(entry.expires) {
		return 0, false
	}
	return entry.value, true
}

func (c *cache) set(key, value int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.entries[key] = entry{value, time.Now().Add(c.ttl)}
}

// cache hit (8 readers): eight goroutines read n times altogether from a cache of 1,024 entries, none of
// which has expired.
//
// Peer: a map under an RWMutex with an expiry check; unlike ours it has no limit and counts nothing.
func cacheHit(n int) error {
	const parties, entries = 8, 1024
	cache := newCache(10 * time.Minute)
	for key := range entries {
		cache.set(key, key)
	}
	var sum, missed atomic.Int64
	var readers sync.WaitGroup
	for range parties {
		readers.Go(func() {
			own := 0
			for i := range n / parties {
				value, found := cache.get(i & (entries - 1))
				if !found {
					missed.Add(1)
				}
				own += value
			}
			sum.Add(int64(own))
		})
	}
	readers.Wait()
	each := 0
	for i := range n / parties {
		each += i & (entries - 1)
	}
	if err := expect("misses", int(missed.Load()), 0); err != nil {
		return err
	}
	return expect("sum of values", int(sum.Load()), parties*each)
}

// flights lets one call do what several ask for at the same time, as x/sync's singleflight.Group.
type flights struct {
	mutex sync.Mutex
	calls map[int]*call
}

type call struct {
	done  sync.WaitGroup
	value int
}

func (f *flights) do(key int, load func() int) int {
	f.mutex.Lock()
	if other, found := f.calls[key]; found {
		f.mutex.Unlock()
		other.done.Wait()
		return other.value
	}
	own := new(call)
	own.done.Add(1)
	f.calls[key] = own
	f.mutex.Unlock()

	own.value = load()
	own.done.Done()
	f.mutex.Lock()
	delete(f.calls, key)
	f.mutex.Unlock()
	return own.value
}

// single flight: 10,000 goroutines ask a cache for one key after another, n times altogether; each key is
// loaded once, and that load ends when all of them have asked for it.
//
// Peer: the cache above, and in front of its loads a group made as x/sync's singleflight is.
func singleFlight(n int) error {
	const callers = 10_000
	keys := n / callers
	gates := make([]chan int, keys)
	for key := range gates {
		gates[key] = make(chan int)
	}
	cache := newCache(10 * time.Minute)
	flights := flights{calls: map[int]*call{}}
	var asked, loads, sum atomic.Int64
	get := func(key int) int {
		if value, found := cache.get(key); found {
			return value
		}
		return flights.do(key, func() int {
			// A load may have ended since this caller looked.
			if value, found := cache.get(key); found {
				return value
			}
			loads.Add(1)
			<-gates[key]
			cache.set(key, key)
			return key
		})
	}
	var ended sync.WaitGroup
	for range callers {
		ended.Go(func() {
			own := 0
			for key := range keys {
				if int(asked.Add(1)) == (key+1)*callers {
					close(gates[key])
				}
				own += get(key)
			}
			sum.Add(int64(own))
		})
	}
	ended.Wait()
	if err := expect("loads", int(loads.Load()), keys); err != nil {
		return err
	}
	return expect("sum of values", int(sum.Load()), callers*(keys*(keys-1)/2))
}
