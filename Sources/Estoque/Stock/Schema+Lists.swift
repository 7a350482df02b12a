import EstoqueDatabase

extension Schema {
  /// Movements are listed by when they happened, and so are those of a product. What is rare has indexes that the common movements do not pay
  /// for: a statement that wants them repeats their conditions (see `MovementFilter`).
  static let listsAndStocktakes: SQL = """
    DROP INDEX movement_product_index;
    CREATE INDEX movement_product_index ON movement (product, happened_at, id);
    CREATE INDEX movement_reference_index ON movement (reference, happened_at, id) WHERE reference <> '';
    CREATE INDEX movement_location_index ON movement (location, happened_at, id) WHERE location <> 1;
    CREATE INDEX movement_kind_index ON movement (kind, happened_at, id) WHERE kind NOT IN ('receipt', 'issue');
    CREATE INDEX lot_expires_index ON lot (expires, id) WHERE expires IS NOT NULL;
    CREATE TABLE stocktake (
      id \(.identity),
      location BIGINT NOT NULL REFERENCES location (id),
      state TEXT NOT NULL,
      note TEXT NOT NULL DEFAULT '',
      opened_at BIGINT NOT NULL,
      opened_by BIGINT,
      ended_at BIGINT,
      ended_by BIGINT,
      posting BIGINT REFERENCES posting (id)
    );
    CREATE UNIQUE INDEX stocktake_open_key ON stocktake (location) WHERE state = 'open';
    CREATE TABLE stocktake_count (
      stocktake BIGINT NOT NULL REFERENCES stocktake (id),
      product BIGINT NOT NULL REFERENCES product (id),
      quantity BIGINT NOT NULL CONSTRAINT stocktake_count_quantity_check CHECK (quantity >= 0),
      expected BIGINT NOT NULL,
      counted_at BIGINT NOT NULL,
      counted_by BIGINT,
      CONSTRAINT stocktake_count_pkey PRIMARY KEY (stocktake, product)
    );
    """
}
