package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

type listedProduct struct {
	ID   int64  `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
	Unit string `json:"unit"`
}

type stockedProduct struct {
	listedProduct
	GTIN    *string  `json:"gtin"`
	Minimum quantity `json:"minimum"`
}

type listedLocation struct {
	ID   int64  `json:"id"`
	Code string `json:"code"`
}

type stockItem struct {
	Product      stockedProduct `json:"product"`
	Location     listedLocation `json:"location"`
	Quantity     quantity       `json:"quantity"`
	Cost         money          `json:"cost"`
	AverageCost  unitValue      `json:"averageCost"`
	BelowMinimum bool           `json:"belowMinimum"`
}

type stockPage struct {
	Items []stockItem `json:"items"`
	Next  *string     `json:"next"`
	Total *int        `json:"total,omitempty"`
}

// total is the number of rows of the list, a second old at most: counting takes longer than a page.
type total struct {
	lock  sync.Mutex
	count int
	until time.Time
}

func (t *total) get(ctx context.Context, store *store) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if time.Now().Before(t.until) {
		return t.count, nil
	}
	if err := store.countStock.QueryRowContext(ctx).Scan(&t.count); err != nil {
		return 0, err
	}
	t.until = time.Now().Add(time.Second)
	return t.count, nil
}

func (s *server) listStock(w http.ResponseWriter, r *http.Request, _ account) error {
	read := s.encodedPage
	if s.caching {
		read = s.keptPage
	}
	body, err := read(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, body)
}

// keptPage is a page that was read before, unless somebody has written since.
func (s *server) keptPage(r *http.Request) ([]byte, error) {
	if page, found := s.pages.get(r.URL.RawQuery); found {
		return page, nil
	}
	// One reads for all who wait for the same page.
	s.reading.Lock()
	defer s.reading.Unlock()
	if page, found := s.pages.get(r.URL.RawQuery); found {
		return page, nil
	}
	version := s.pages.now()
	page, err := s.encodedPage(r)
	if err == nil {
		s.pages.putIf(version, r.URL.RawQuery, page, time.Second)
	}
	return page, err
}

func (s *server) encodedPage(r *http.Request) ([]byte, error) {
	page, err := s.stockPage(r.Context(), r.URL.Query())
	if err != nil {
		return nil, err
	}
	return json.Marshal(page)
}

func answer(w http.ResponseWriter, status int, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

func (s *server) stockPage(ctx context.Context, query url.Values) (stockPage, error) {
	page := stockPage{}
	limit := 50
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 1000 {
			return page, refused(http.StatusUnprocessableEntity, "limit: from 1 to 1000")
		}
	}
	var rows *sql.Rows
	var err error
	if after := query.Get("after"); after == "" {
		count, failure := s.total.get(ctx, s.store)
		if failure != nil {
			return page, failure
		}
		page.Total = &count
		rows, err = s.store.firstPage.QueryContext(ctx, limit+1)
	} else {
		key, failure := parseCursor(after)
		if failure != nil {
			return page, failure
		}
		rows, err = s.store.nextPage.QueryContext(ctx, key.search, key.product, key.location, limit+1)
	}
	if err != nil {
		return page, err
	}
	defer rows.Close()
	page.Items = make([]stockItem, 0, limit+1)
	searches := make([]string, 0, limit+1)
	for rows.Next() {
		var item stockItem
		var search string
		err := rows.Scan(
			&item.Product.ID, &item.Product.Code, &item.Product.Name, &item.Product.Unit, &item.Product.GTIN,
			&item.Product.Minimum, &item.Location.ID, &item.Location.Code, &item.Quantity, &item.Cost,
			&item.AverageCost, &item.BelowMinimum, &search)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, item)
		searches = append(searches, search)
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		next := cursor{searches[limit-1], last.Product.ID, last.Location.ID}.text()
		page.Next = &next
	}
	return page, rows.Err()
}

// cursor is the sort key of a page's last row.
type cursor struct {
	search            string
	product, location int64
}

func (c cursor) text() string {
	parts := []string{c.search, strconv.FormatInt(c.product, 10), strconv.FormatInt(c.location, 10)}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x1f")))
}

func parseCursor(text string) (cursor, error) {
	bad := refused(http.StatusUnprocessableEntity, "after: no place in the list")
	joined, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(joined), "\x1f")
	if err != nil || len(parts) != 3 {
		return cursor{}, bad
	}
	product, err := strconv.ParseInt(parts[1], 10, 64)
	location, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || err2 != nil {
		return cursor{}, bad
	}
	return cursor{parts[0], product, location}, nil
}
