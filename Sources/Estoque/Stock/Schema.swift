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
    CREATE TABLE movement (
      id \(.identity),
      posting BIGINT NOT NULL REFERENCES posting (id),
      product BIGINT NOT NULL REFERENCES product (id),
      location BIGINT NOT NULL REFERENCES location (id),
      lot BIGINT REFERENCES lot (id),
      kind TEXT NOT NULL,
      quantity BIGINT NOT NULL CONSTRAINT movement_quantity_check CHECK (quantity <> 0),
      cost BIGINT NOT NULL,
      balance BIGINT NOT NULL,
      happened_at BIGINT NOT NULL,
      reference TEXT NOT NULL DEFAULT '',
      note TEXT NOT NULL DEFAULT '',
      reverses BIGINT CONSTRAINT movement_reverses_key UNIQUE REFERENCES movement (id)
    );
    CREATE INDEX movement_product_index ON movement (product, location, id);
    CREATE INDEX movement_posting_index ON movement (posting);
    CREATE INDEX movement_happened_index ON movement (happened_at, id);
    CREATE TABLE stock (
      product BIGINT NOT NULL REFERENCES product (id),
      location BIGINT NOT NULL REFERENCES location (id),
      quantity BIGINT NOT NULL,
      cost BIGINT NOT NULL,
      unit_cost TEXT NOT NULL,
      CONSTRAINT stock_pkey PRIMARY KEY (product, location)
    );
    CREATE TABLE lot_stock (
      lot BIGINT NOT NULL REFERENCES lot (id),
      location BIGINT NOT NULL REFERENCES location (id),
      quantity BIGINT NOT NULL,
      CONSTRAINT lot_stock_pkey PRIMARY KEY (lot, location)
    );
    \(immutableMovements)
    """

  /// Whoever made a mistake reverses it; the database itself refuses anything else.
  private static let immutableMovements = SQL(
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
      """)
}
