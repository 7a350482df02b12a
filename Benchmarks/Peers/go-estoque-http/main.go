// Command estoque-http serves two endpoints of Estoque's API in Go, to be loaded beside `estoque serve`:
//
//	estoque-http [-cache] DATABASE PORT
//
// DATABASE is a file of SQLite that `estoque` has made. `GET /api/stock` and `POST /api/movements` take, check
// and answer what ours do, by the same statements. What this server does not have: other routes, other kinds of
// movements than receipts and issues, filters, rate limits, metrics, idempotency keys, time limits of requests.
//
// Without -cache each request reads the database, as most servers do; only the total of the list is a second old
// at most. With -cache tokens are remembered for five seconds and encoded pages until somebody writes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	caching := flag.Bool("cache", false, "remember tokens and pages")
	flag.Parse()
	if flag.NArg() != 2 {
		log.Fatal("usage: estoque-http [-cache] DATABASE PORT")
	}
	if err := run(flag.Arg(0), flag.Arg(1), *caching); err != nil {
		log.Fatal(err)
	}
}

func run(database, port string, caching bool) error {
	store, err := openStore(database)
	if err != nil {
		return fmt.Errorf("%s: %w", database, err)
	}
	defer store.close()
	server := &server{store: store, caching: caching, known: newMemory[account](), pages: newMemory[[]byte]()}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/health/live", func(w http.ResponseWriter, _ *http.Request) {})
	mux.Handle("GET /api/stock", server.admit(viewer, server.listStock))
	mux.Handle("POST /api/movements", server.admit(operator, server.createMovement))
	listener := &http.Server{
		Addr: net.JoinHostPort("127.0.0.1", port), Handler: withHeaders(mux),
		ReadHeaderTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	return serve(listener)
}

// serve runs until the process is told to end.
func serve(server *http.Server) error {
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ended.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(limit); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
