package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

type newMovement struct {
	Kind      string     `json:"kind"`
	Product   int64      `json:"product"`
	Location  int64      `json:"location"`
	Quantity  quantity   `json:"quantity"`
	UnitCost  *unitValue `json:"unitCost"`
	Reference string     `json:"reference"`
	Note      string     `json:"note"`
}

type person struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type movement struct {
	ID         int64          `json:"id"`
	Posting    int64          `json:"posting"`
	Product    listedProduct  `json:"product"`
	Location   listedLocation `json:"location"`
	Lot        *string        `json:"lot"`
	Kind       string         `json:"kind"`
	Quantity   quantity       `json:"quantity"`
	Cost       money          `json:"cost"`
	Balance    quantity       `json:"balance"`
	HappenedAt time.Time      `json:"happenedAt"`
	Reference  string         `json:"reference"`
	Note       string         `json:"note"`
	Reverses   *int64         `json:"reverses"`
	ReversedBy *int64         `json:"reversedBy"`
	Origin     string         `json:"origin"`
	User       person         `json:"user"`
}

type posted struct {
	Posting int64      `json:"posting"`
	Items   []movement `json:"items"`
}

func (form newMovement) check() error {
	switch {
	case form.Kind != "receipt" && form.Kind != "issue":
		return refused(http.StatusUnprocessableEntity, "kind: receipt or issue")
	case form.Quantity <= 0:
		return refused(http.StatusUnprocessableEntity, "quantity: above zero")
	case form.Kind == "issue" && form.UnitCost != nil:
		return refused(http.StatusUnprocessableEntity, "unitCost: not of what goes")
	case form.UnitCost != nil && *form.UnitCost < 0:
		return refused(http.StatusUnprocessableEntity, "unitCost: not below zero")
	case len(form.Reference) > 120 || len(form.Note) > 500:
		return refused(http.StatusUnprocessableEntity, "too long")
	}
	return nil
}

func (s *server) createMovement(w http.ResponseWriter, r *http.Request, who account) error {
	var form newMovement
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&form); err != nil {
		return refused(http.StatusBadRequest, err.Error())
	}
	if err := form.check(); err != nil {
		return err
	}
	made, err := s.store.post(r.Context(), form, who, r.RemoteAddr)
	if err != nil {
		return err
	}
	s.pages.forget()
	body, err := json.Marshal(made)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/api/movements/"+strconv.FormatInt(made.Items[0].ID, 10))
	return answer(w, http.StatusCreated, body)
}

// post posts one movement: its line, the balance, the audit log, in one transaction.
func (s *store) post(ctx context.Context, form newMovement, who account, address string) (*posted, error) {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	made, err := s.postIn(ctx, tx, form, who, address)
	if err != nil {
		return nil, err
	}
	return made, tx.Commit()
}

func (s *store) postIn(ctx context.Context, tx *sql.Tx, form newMovement, who account, address string) (*posted, error) {
	var hasProduct, hasLocation bool
	if err := tx.StmtContext(ctx, s.findPlace).QueryRowContext(ctx, form.Product, form.Location).
		Scan(&hasProduct, &hasLocation); err != nil {
		return nil, err
	}
	if !hasProduct || !hasLocation {
		return nil, refused(http.StatusUnprocessableEntity, "no such product or location")
	}
	if _, err := tx.StmtContext(ctx, s.makeBalance).ExecContext(ctx, form.Product, form.Location); err != nil {
		return nil, err
	}
	var stock balance
	if err := tx.StmtContext(ctx, s.readBalance).QueryRowContext(ctx, form.Product, form.Location).
		Scan(&stock.quantity, &stock.cost, &stock.unitCost); err != nil {
		return nil, err
	}
	moved := form.Quantity
	if form.Kind == "issue" {
		moved = -moved
	}
	cost, err := stock.move(moved, form.UnitCost)
	if err != nil {
		return nil, refused(http.StatusUnprocessableEntity, err.Error())
	}
	if stock.quantity < 0 && moved < 0 {
		return nil, refused(http.StatusConflict, "not enough in stock")
	}
	now := time.Now()
	result, err := tx.StmtContext(ctx, s.addPosting).ExecContext(ctx, now.UnixMicro(), who.id)
	if err != nil {
		return nil, err
	}
	posting, err := result.LastInsertId()
	if err != nil {
		return nil, err
	}
	result, err = tx.StmtContext(ctx, s.addMovement).ExecContext(
		ctx, posting, form.Product, form.Location, form.Kind, int64(moved), int64(cost), int64(stock.quantity),
		now.UnixMicro(), form.Reference, form.Note)
	if err != nil {
		return nil, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return nil, err
	}
	if _, err := tx.StmtContext(ctx, s.storeBalance).ExecContext(
		ctx, int64(stock.quantity), int64(stock.cost), stock.unitCost.digits(), form.Product,
		form.Location); err != nil {
		return nil, err
	}
	line, err := s.movementIn(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	line.User = person{who.id, who.name}
	if _, err := tx.StmtContext(ctx, s.addAudit).ExecContext(
		ctx, now.UnixMicro(), who.id, who.login, fmt.Sprintf("posting:%d", posting),
		fmt.Sprintf("%s product:%d", form.Kind, form.Product), address); err != nil {
		return nil, err
	}
	return &posted{Posting: posting, Items: []movement{line}}, nil
}

func (s *store) movementIn(ctx context.Context, tx *sql.Tx, id int64) (movement, error) {
	var line movement
	var happened int64
	err := tx.StmtContext(ctx, s.readMovement).QueryRowContext(ctx, id).Scan(
		&line.ID, &line.Posting, &line.Product.ID, &line.Product.Code, &line.Product.Name, &line.Product.Unit,
		&line.Location.ID, &line.Location.Code, &line.Lot, &line.Kind, &line.Quantity, &line.Cost, &line.Balance,
		&happened, &line.Reference, &line.Note, &line.Reverses, &line.ReversedBy, &line.Origin)
	line.HappenedAt = time.UnixMicro(happened).UTC()
	return line, err
}
