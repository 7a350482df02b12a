import EstoqueDatabase

/// The schema's history. Quantities are ten-thousandths, money is centavos, moments are microseconds since 1970 in UTC.
public enum Schema {
  /// All steps, in order. What has been released must not change: a new step mends it.
  public static let migrations: [Migration] = [
    Migration(1, "products and places", productsAndPlaces),
    Migration(2, "ledger", ledger),
    Migration(3, "lists and stock-takes", listsAndStocktakes),
  ]

  private static let productsAndPlaces: SQL = """
    CREATE TABLE category (
      id \(.identity),
      name TEXT NOT NULL CONSTRAINT category_name_key UNIQUE
    );
    CREATE TABLE location (
      id \(.identity),
      code TEXT NOT NULL CONSTRAINT location_code_key UNIQUE,
      name TEXT NOT NULL,
      active BOOLEAN NOT NULL DEFAULT TRUE
    );
    INSERT INTO location (code, name) VALUES ('PRINCIPAL', 'Estoque principal');
    CREATE TABLE product (
      id \(.identity),
      code TEXT NOT NULL CONSTRAINT product_code_key UNIQUE,
      name TEXT NOT NULL,
      search TEXT NOT NULL,
      unit TEXT NOT NULL,
      gtin TEXT,
      ncm TEXT,
      category BIGINT REFERENCES category (id),
      minimum BIGINT NOT NULL DEFAULT 0 CONSTRAINT product_minimum_check CHECK (minimum >= 0),
      active BOOLEAN NOT NULL DEFAULT TRUE,
      version BIGINT NOT NULL DEFAULT 1,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL
    );
    CREATE INDEX product_name_index ON product (search, id);
    CREATE INDEX product_gtin_index ON product (gtin) WHERE gtin IS NOT NULL;
    CREATE INDEX product_category_index ON product (category);
    CREATE TABLE supplier_product (
      supplier TEXT NOT NULL,
      code TEXT NOT NULL,
      product BIGINT NOT NULL REFERENCES product (id),
      unit TEXT NOT NULL,
      factor BIGINT NOT NULL CONSTRAINT supplier_product_factor_check CHECK (factor > 0),
      CONSTRAINT supplier_product_pkey PRIMARY KEY (supplier, code, unit)
    );
    CREATE TABLE lot (
      id \(.identity),
      product BIGINT NOT NULL REFERENCES product (id),
      number TEXT NOT NULL,
      made TEXT,
      expires TEXT,
      CONSTRAINT lot_number_key UNIQUE (product, number)
    );
    """

  private static let ledger: SQL = """
    CREATE TABLE posting (
      id \(.identity),
      origin TEXT NOT NULL,
      posted_at BIGINT NOT NULL,
      posted_by BIGINT
    );
    CREATE TABLE stock (
      product BIGINT NOT NULL REFERENCES product (id),
      location BIGINT NOT NULL REFERENCES location (id),
      quantity BIGINT NOT NULL,
      cost BIGINT NOT NULL,
      unit_cost TEXT NOT NULL,
      CONSTRAINT stock_pkey PRIMARY KEY (product, location)
    );
    CREATE TABLE movement (
      id \(.identity),
      posting BIGINT NOT NULL,
      product BIGINT NOT NULL,
      location BIGINT NOT NULL,
      lot BIGINT REFERENCES lot (id),
      kind TEXT NOT NULL,
      quantity BIGINT NOT NULL CONSTRAINT movement_quantity_check CHECK (quantity <> 0),
      cost BIGINT NOT NULL,
      balance BIGINT NOT NULL,
      happened_at BIGINT NOT NULL,
      reference TEXT NOT NULL DEFAULT '',
      note TEXT NOT NULL DEFAULT '',
      reverses BIGINT REFERENCES movement (id)
      \(movementKeys)
    );
    CREATE UNIQUE INDEX movement_reverses_key ON movement (reverses) WHERE reverses IS NOT NULL;
    CREATE INDEX movement_product_index ON movement (product, location, id);
    CREATE INDEX movement_posting_index ON movement (posting);
    CREATE INDEX movement_happened_index ON movement (happened_at, id);
    CREATE TABLE lot_stock (
      lot BIGINT NOT NULL REFERENCES lot (id),
      location BIGINT NOT NULL REFERENCES location (id),
      quantity BIGINT NOT NULL,
      CONSTRAINT lot_stock_pkey PRIMARY KEY (lot, location)
    );
    \(ledgerRules)
    """

  /// A movement belongs to a posting, and to the balance of its product at its place. PostgreSQL would look both up for each movement by itself,
  /// which takes longer than all the rest of an import; so there the movements of a statement are looked at together, see ``ledgerRules``.
  private static let movementKeys = SQL(
    sqlite: """
      , CONSTRAINT movement_posting_fkey FOREIGN KEY (posting) REFERENCES posting (id),
      CONSTRAINT movement_stock_fkey FOREIGN KEY (product, location) REFERENCES stock (product, location)
      """,
    postgres: "")

  /// Whoever made a mistake reverses it; the database itself refuses anything else. What movements refer to stays, too.
  private static let ledgerRules = SQL(
    sqlite: """
      CREATE TRIGGER movement_no_update BEFORE UPDATE ON movement
        BEGIN SELECT RAISE(ABORT, 'movements cannot be changed: reverse them'); END;
      CREATE TRIGGER movement_no_delete BEFORE DELETE ON movement
        BEGIN SELECT RAISE(ABORT, 'movements cannot be deleted: reverse them'); END;
      """,
    postgres: """
      CREATE FUNCTION refuse_movement_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'movements cannot be changed or deleted: reverse them'; END $$;
      CREATE TRIGGER movement_no_change BEFORE UPDATE OR DELETE ON movement
        FOR EACH ROW EXECUTE FUNCTION refuse_movement_change();
      CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'rows of % that movements may refer to cannot be deleted', TG_TABLE_NAME; END $$;
      CREATE TRIGGER posting_no_delete BEFORE DELETE OR UPDATE OF id ON posting
        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
      CREATE TRIGGER stock_no_delete BEFORE DELETE OR UPDATE OF product, location ON stock
        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
      CREATE FUNCTION check_movements() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (
            SELECT FROM (SELECT DISTINCT posting FROM added) AS line
            WHERE NOT EXISTS (SELECT FROM posting WHERE id = line.posting)
          ) THEN
            RAISE foreign_key_violation USING CONSTRAINT = 'movement_posting_fkey', TABLE = 'movement',
              MESSAGE = 'a movement refers to a posting that does not exist';
          END IF;
          IF EXISTS (
            SELECT FROM (SELECT DISTINCT product, location FROM added) AS place
            WHERE NOT EXISTS (
              SELECT FROM stock WHERE stock.product = place.product AND stock.location = place.location)
          ) THEN
            RAISE foreign_key_violation USING CONSTRAINT = 'movement_stock_fkey', TABLE = 'movement',
              MESSAGE = 'a movement refers to a balance that does not exist';
          END IF;
          RETURN NULL;
        END $$;
      CREATE TRIGGER movement_references AFTER INSERT ON movement REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION check_movements();
      """)
}
