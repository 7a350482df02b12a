package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// store is the database: one connection writes, four read, all with the same settings as ours.
type store struct {
	writer, readers *sql.DB

	// Reading.
	findAccount, firstPage, nextPage, countStock *sql.Stmt
	// Writing.
	findPlace, makeBalance, readBalance, addPosting, addMovement, storeBalance, readMovement, addAudit *sql.Stmt
}

const stockColumns = `SELECT p.id, p.code, p.name, p.unit, p.gtin, p.minimum, l.id, l.code, COALESCE(s.quantity, 0),
  COALESCE(s.cost, 0), COALESCE(s.unit_cost, '0'),
  (SELECT COALESCE(SUM(a.quantity), 0) FROM stock a WHERE a.product = p.id) < p.minimum, p.search`
const stockRows = ` FROM product p LEFT JOIN stock s ON s.product = p.id JOIN location l ON l.id = COALESCE(s.location, 1)
  WHERE (p.active OR COALESCE(s.quantity, 0) <> 0)`
const stockOrder = ` ORDER BY p.search, p.id, COALESCE(s.location, 1) LIMIT ?`

func openStore(path string) (*store, error) {
	open := func(connections int) (*sql.DB, error) {
		settings := url.Values{
			"_journal_mode": {"WAL"}, "_synchronous": {"NORMAL"}, "_foreign_keys": {"on"}, "_cache_size": {"-16384"},
			"_txlock": {"immediate"}, "_busy_timeout": {"5000"},
		}
		db, err := sql.Open("sqlite3", "file:"+path+"?"+settings.Encode())
		if err == nil {
			db.SetMaxOpenConns(connections)
			db.SetMaxIdleConns(connections)
		}
		return db, err
	}
	s := &store{}
	var err error
	if s.writer, err = open(1); err != nil {
		return nil, err
	}
	if s.readers, err = open(4); err != nil {
		return nil, err
	}
	for _, one := range []struct {
		statement **sql.Stmt
		db        *sql.DB
		text      string
	}{
		{&s.findAccount, s.readers, `SELECT account.id, login, account.name, role FROM access_token
			JOIN account ON account.id = access_token.account WHERE digest = ? AND active AND expires_at > ?`},
		{&s.firstPage, s.readers, stockColumns + stockRows + stockOrder},
		{&s.nextPage, s.readers, stockColumns + stockRows +
			` AND (p.search, p.id) >= (?1, ?2) AND (p.search, p.id, COALESCE(s.location, 1)) > (?1, ?2, ?3)` +
			` ORDER BY p.search, p.id, COALESCE(s.location, 1) LIMIT ?4`},
		{&s.countStock, s.readers, `SELECT count(*)` + stockRows},

		{&s.findPlace, s.writer, `SELECT EXISTS (SELECT 1 FROM product WHERE id = ?),
			EXISTS (SELECT 1 FROM location WHERE id = ? AND active)`},
		{&s.makeBalance, s.writer, `INSERT INTO stock (product, location, quantity, cost, unit_cost)
			VALUES (?, ?, 0, 0, '0') ON CONFLICT DO NOTHING`},
		{&s.readBalance, s.writer, `SELECT quantity, cost, unit_cost FROM stock WHERE product = ? AND location = ?`},
		{&s.addPosting, s.writer, `INSERT INTO posting (origin, posted_at, posted_by) VALUES ('manual', ?, ?)`},
		{&s.addMovement, s.writer, `INSERT INTO movement
			(posting, product, location, kind, quantity, cost, balance, happened_at, reference, note)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.storeBalance, s.writer, `UPDATE stock SET quantity = ?, cost = ?, unit_cost = ?
			WHERE product = ? AND location = ?`},
		{&s.readMovement, s.writer, `SELECT m.id, m.posting, p.id, p.code, p.name, p.unit, l.id, l.code, lot.number,
			m.kind, m.quantity, m.cost, m.balance, m.happened_at, m.reference, m.note, m.reverses, r.id, o.origin
			FROM movement m JOIN product p ON p.id = m.product JOIN location l ON l.id = m.location
			JOIN posting o ON o.id = m.posting LEFT JOIN lot ON lot.id = m.lot
			LEFT JOIN movement r ON r.reverses = m.id WHERE m.id = ?`},
		{&s.addAudit, s.writer, `INSERT INTO audit
			(happened_at, account, login, action, subject, detail, address, request)
			VALUES (?, ?, ?, 'movement.create', ?, ?, ?, '')`},
	} {
		if *one.statement, err = one.db.Prepare(one.text); err != nil {
			return nil, fmt.Errorf("%w: %s", err, one.text)
		}
	}
	return s, nil
}

func (s *store) close() {
	s.readers.Close()
	s.writer.Close()
}

// account finds who a token belongs to, by its digest.
func (s *store) account(ctx context.Context, digest string) (account, error) {
	var who account
	var role string
	err := s.findAccount.QueryRowContext(ctx, digest, time.Now().UnixMicro()).
		Scan(&who.id, &who.login, &who.name, &role)
	who.role = roles[role]
	return who, err
}
