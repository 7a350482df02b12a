package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"
)

type role int

const (
	viewer role = iota
	operator
	admin
)

var roles = map[string]role{"viewer": viewer, "operator": operator, "admin": admin}

// account is who sends a request.
type account struct {
	id          int64
	login, name string
	role        role
}

type server struct {
	store   *store
	caching bool
	known   *memory[account]
	pages   *memory[[]byte]
	reading sync.Mutex
	total   total
}

// problem is an error of the client's (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (p problem) Error() string { return p.Detail }

func refused(status int, detail string) error {
	return problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// admit lets requests in whose token belongs to somebody with the role.
func (s *server) admit(least role, handle func(http.ResponseWriter, *http.Request, account) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.identify(r)
		if err == nil && who.role < least {
			err = refused(http.StatusForbidden, "not for this role")
		}
		if err == nil {
			err = handle(w, r, who)
		}
		if err != nil {
			answerProblem(w, err)
		}
	})
}

func (s *server) identify(r *http.Request) (account, error) {
	secret, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer || !strings.HasPrefix(secret, "est_") {
		return account{}, refused(http.StatusUnauthorized, "not signed in")
	}
	sum := sha256.Sum256([]byte(secret))
	digest := base64.RawURLEncoding.EncodeToString(sum[:])
	if s.caching {
		if who, found := s.known.get(digest); found {
			return who, nil
		}
	}
	who, err := s.store.account(r.Context(), digest)
	if errors.Is(err, sql.ErrNoRows) {
		return who, refused(http.StatusUnauthorized, "not signed in")
	}
	if err == nil && s.caching {
		s.known.put(digest, who, 5*time.Second)
	}
	return who, err
}

func answerProblem(w http.ResponseWriter, err error) {
	var known problem
	if !errors.As(err, &known) {
		if !errors.Is(err, context.Canceled) {
			log.Print(err)
		}
		known = problem{"about:blank", "Internal Server Error", http.StatusInternalServerError, "internal error"}
	}
	body, _ := json.Marshal(known)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(known.Status)
	w.Write(body)
}

func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "private, no-cache")
		next.ServeHTTP(w, r)
	})
}

// memory keeps values for a while.
type memory[V any] struct {
	lock    sync.RWMutex
	entries map[string]entry[V]
	// version counts how often all was forgotten: what was read before that must not be kept after it.
	version int
}

type entry[V any] struct {
	value V
	until time.Time
}

func newMemory[V any]() *memory[V] { return &memory[V]{entries: map[string]entry[V]{}} }

func (m *memory[V]) get(key string) (V, bool) {
	m.lock.RLock()
	found, known := m.entries[key]
	m.lock.RUnlock()
	return found.value, known && time.Now().Before(found.until)
}

func (m *memory[V]) put(key string, value V, age time.Duration) { m.putIf(m.now(), key, value, age) }

func (m *memory[V]) now() int {
	m.lock.RLock()
	defer m.lock.RUnlock()
	return m.version
}

func (m *memory[V]) putIf(version int, key string, value V, age time.Duration) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if version == m.version && len(m.entries) < 10_000 {
		m.entries[key] = entry[V]{value, time.Now().Add(age)}
	}
}

func (m *memory[V]) forget() {
	m.lock.Lock()
	defer m.lock.Unlock()
	clear(m.entries)
	m.version++
}
