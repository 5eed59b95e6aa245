// The rows of the sample platform, made by the server itself: the same for the same size, and about as compressible as
// real ones.

export interface SampleSize {
  /** About how large the database becomes, indexes included. */
  readonly megabytes: number
  readonly tenants: number
}

/** Statements in order; each fills a table or two. */
export function rowStatements({ megabytes, tenants }: SampleSize): string[] {
  const customers = Math.max(tenants * 2, Math.round(megabytes * 180))
  const products = Math.max(tenants * 2, Math.round(megabytes * 90))
  const invoices = Math.max(tenants, Math.round(megabytes * 630))
  const lines = invoices * 3
  const events = Math.round(megabytes * 1200)
  return [
    ...helpers(tenants),
    `INSERT INTO "Tenant" SELECT pg_temp.id('tenant', n), 'Tienda ' || initcap(pg_temp.word(n)) || ' n.º ' || n,
       'tienda-' || n, (enum_range(NULL::"Plan"))[1 + n % 3],
       jsonb_build_object('currency', (ARRAY['EUR', 'USD', 'MXN'])[1 + n % 3], 'locale', 'es-ES', 'limits', jsonb_build_array(n, n * 10)),
       timestamptz '2025-01-01Z' + n * interval '7 hours'
     FROM generate_series(0, ${tenants - 1}) n`,
    `INSERT INTO "User" SELECT pg_temp.id('user', n), pg_temp.tenant(n), 'user' || n || '@example.org',
       initcap(pg_temp.word(n)) || ' ' || initcap(pg_temp.word(n * 7)), '$2b$12$' || md5('salt' || n),
       CASE WHEN n % 10 = 0 THEN '{owner,member}' ELSE '{member}' END::text[],
       CASE WHEN n % 3 > 0 THEN timestamptz '2026-06-01Z' + n * interval '37 seconds' END
     FROM generate_series(0, ${Math.max(tenants, Math.round(customers / 4)) - 1}) n`,
    `INSERT INTO "Product" ("tenantId", sku, name, price, tags, attributes, thumbnail)
     SELECT CASE WHEN n < ${tenants} THEN pg_temp.id('tenant', n) ELSE pg_temp.tenant(n) END, 'SKU-' || lpad(n::text, 7, '0'), initcap(pg_temp.word(n)) || ' ' || pg_temp.word(n * 3),
       round((random() * 900 + 1)::numeric, 2), ARRAY[pg_temp.word(n), pg_temp.word(n + 5)],
       CASE WHEN n % 4 > 0 THEN jsonb_build_object('color', pg_temp.word(n), 'weight', n % 977, 'stock', jsonb_build_object('a', n % 13)) END,
       CASE WHEN n % 8 = 0 THEN decode(md5(n::text) || md5(n::text || 'x'), 'hex') END
     FROM generate_series(0, ${products - 1}) n`,
    `INSERT INTO "Customer" SELECT pg_temp.id('customer', n), pg_temp.tenant(n),
       initcap(pg_temp.word(n)) || ' ' || initcap(pg_temp.word(n * 11)), CASE WHEN n % 9 > 0 THEN 'c' || n || '@example.com' END,
       CASE WHEN n % 2 = 0 THEN '+34 ' || lpad((random() * 1e8)::int::text, 9, '6') END,
       jsonb_build_object('street', 'Calle ' || initcap(pg_temp.word(n)) || ' ' || n % 200, 'city', initcap(pg_temp.word(n * 5)), 'zip', lpad((n % 52000)::text, 5, '0')),
       date '1950-01-01' + n % 20000
     FROM generate_series(0, ${customers - 1}) n`,
    `INSERT INTO "Invoice" ("tenantId", "customerId", number, status, total, "issuedAt", note)
     SELECT pg_temp.tenant(c), pg_temp.id('customer', c), 'F-2026-' || lpad(n::text, 8, '0'),
       (enum_range(NULL::"InvoiceStatus"))[1 + n % 4], round((random() * 5000)::numeric, 2),
       timestamptz '2026-01-01Z' + n * interval '31.7 seconds',
       CASE WHEN n % 5 = 0 THEN E'línea uno\\n\\tlínea dos: ' || pg_temp.word(n) || ' \\\\ «' || pg_temp.word(n * 13) || '»' END
     FROM (SELECT n, floor(random() * ${customers})::int AS c FROM generate_series(0, ${invoices - 1}) n) s`,
    // A line's product is of its invoice's tenant: each tenant's products, counted through.
    `CREATE TEMP TABLE place ON COMMIT DROP AS
       SELECT "tenantId", row_number() OVER (PARTITION BY "tenantId" ORDER BY id) - 1 AS place, id FROM "Product"`,
    'CREATE TEMP TABLE many ON COMMIT DROP AS SELECT "tenantId", count(*) AS many FROM pg_temp.place GROUP BY 1',
    'ANALYZE pg_temp.place, pg_temp.many, "Invoice"',
    `INSERT INTO "InvoiceLine" ("invoiceId", "productId", quantity, "unitPrice", description, weight)
     SELECT i.id, p.id, 1 + n % 5, round((random() * 900 + 1)::numeric, 2),
       initcap(pg_temp.word(n)) || ' ' || pg_temp.word(n * 17) || ', ' || pg_temp.word(n * 29) || ' (ref. ' || pg_temp.token('line' || n) || ')',
       CASE WHEN n % 6 > 0 THEN random() * 40 END
     FROM generate_series(0, ${lines - 1}) n
       JOIN "Invoice" i ON i.id = 1 + n / 3
       JOIN pg_temp.many c USING ("tenantId")
       JOIN pg_temp.place p ON p."tenantId" = i."tenantId" AND p.place = (n::bigint * 7919) % c.many
     ORDER BY n`,
    `INSERT INTO "AuditLog" ("tenantId", at, action, detail)
     SELECT pg_temp.tenant(n), timestamp '2025-12-20' + n * (interval '380 days' / ${Math.max(events, 1)}),
       (ARRAY['login', 'invoice.created', 'invoice.paid', 'product.updated', 'export'])[1 + n % 5],
       jsonb_build_object('ip', '10.' || n % 256 || '.' || n % 199 || '.7', 'request', md5('r' || n), 'session', pg_temp.token('a' || n) || pg_temp.token('b' || n) || pg_temp.token('c' || n), 'ms', round((random() * 900)::numeric, 6))
     FROM generate_series(0, ${events - 1}) n`,
    `INSERT INTO "Attachment" SELECT pg_temp.id('attachment', n), 1 + n, 'factura-' || n || '.pdf',
       lo_from_bytea(900000 + n, decode(repeat(md5(n::text), 400 + n * 150), 'hex'))
     FROM generate_series(0, ${Math.min(invoices, 5) - 1}) n`,
    `INSERT INTO "Session" SELECT md5('session' || n), pg_temp.id('user', n), timestamptz '2026-12-31Z' FROM generate_series(0, 9) n`,
    `INSERT INTO "🧾 the shop's ""odd"" notes" VALUES
       ('', 1), (NULL, 2), ('\\N', 3), (E'tab\\there', 4), ('comillas "dobles" y ''simples''', 5), ('🦩 ñandú', NULL)`,
  ]
}

/**
 * Functions of this session only. Tenants are of very different sizes, as they are in life: most rows belong to the
 * first.
 */
function helpers(tenants: number): string[] {
  const words =
    'casa mesa silla verde azul rojo grande pequeño norte sur madera vidrio acero papel tinta cuerda piedra arena lino seda'
  const list = words
    .split(' ')
    .map((word) => `'${word}'`)
    .join(', ')
  return [
    'SELECT setseed(0.42)',
    `CREATE FUNCTION pg_temp.word(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT (ARRAY[${list}])[1 + abs(n * 7919) % 20] $$`,
    'CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$',
    "CREATE FUNCTION pg_temp.token(seed text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(decode(md5(seed), 'hex'), 'base64') $$",
    `CREATE FUNCTION pg_temp.tenant(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
       SELECT md5('tenant' || floor(${tenants} * power(n * 0.6180339887498949 % 1, 2))::bigint)::uuid $$`,
  ]
}
