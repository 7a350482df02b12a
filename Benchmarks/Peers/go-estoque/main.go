// Command estoque runs one row of Estoque's benchmark in Go and prints its figure as a JSON line:
//
//	estoque ROW N
//
// It reads the documents of the folder NFE_FILES, as the Swift side (Sources/EstoqueRows) does, and
// follows the same descriptions. The process measures itself, after a warm-up of a tenth of N.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"
)

var rows = map[string]func(n int) error{
	// One operation: an invoice parsed and validated, over all invoices in turn.
	"nfe parse+validate": parse(0, 1<<62),
	// The same with those of 12 to 18 KB.
	"nfe parse+validate 15 KB": parse(12_000, 18_000),
}

func parse(least, most int) func(n int) error {
	return func(n int) error {
		documents, err := files(least, most)
		if err != nil {
			return err
		}
		if len(documents) == 0 {
			return fmt.Errorf("no documents in %s", folder())
		}
		want := 0
		for index := range documents {
			want += items(documents[index]) * ((n + len(documents) - 1 - index) / len(documents))
		}
		got := 0
		for index := range n {
			got += items(documents[index%len(documents)])
		}
		if got != want {
			return fmt.Errorf("items: got %d, want %d", got, want)
		}
		return nil
	}
}

// items counts the items of an invoice; one that is refused has none.
func items(file []byte) int {
	invoices, err := Parse(file)
	if err != nil {
		return 0
	}
	sum := 0
	for _, invoice := range invoices {
		sum += len(invoice.Items)
	}
	return sum
}

func folder() string {
	if folder := os.Getenv("NFE_FILES"); folder != "" {
		return folder
	}
	return "../shared/data/nfe/samples"
}

// files reads the invoices of the folder, by name; events are left out.
func files(least, most int) ([][]byte, error) {
	names, err := filepath.Glob(filepath.Join(folder(), "*.xml"))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var all [][]byte
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(file, []byte("<infNFe")) && len(file) >= least && len(file) <= most {
			all = append(all, file)
		}
	}
	return all, nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: estoque ROW N")
	}
	row, known := rows[args[0]]
	n, err := strconv.Atoi(args[1])
	if !known || err != nil || n < 1 {
		return fmt.Errorf("estoque: no row %q with n = %q", args[0], args[1])
	}
	if err := row(max(n/10, 16)); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	start := time.Now()
	if err := row(n); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	value := float64(time.Since(start).Nanoseconds()) / float64(n)
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"name": args[0], "unit": "ns", "value": value})
}
