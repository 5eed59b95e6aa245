-- Keys, indexes, views, a trigger, row-level security and the application's role, created after the rows.
ALTER TABLE "Tenant" ADD PRIMARY KEY (id), ADD UNIQUE (slug);
ALTER TABLE "User" ADD PRIMARY KEY (id), ADD FOREIGN KEY ("tenantId") REFERENCES "Tenant" ON DELETE CASCADE;
ALTER TABLE "Product" ADD PRIMARY KEY (id), ADD CHECK (price >= 0),
  ADD FOREIGN KEY ("tenantId") REFERENCES "Tenant" ON DELETE CASCADE;
ALTER TABLE "Customer" ADD PRIMARY KEY (id), ADD FOREIGN KEY ("tenantId") REFERENCES "Tenant" ON DELETE CASCADE;
ALTER TABLE "Invoice" ADD PRIMARY KEY (id), ADD UNIQUE ("tenantId", number),
  ADD FOREIGN KEY ("tenantId") REFERENCES "Tenant" ON DELETE CASCADE,
  ADD FOREIGN KEY ("customerId") REFERENCES "Customer";
ALTER TABLE "InvoiceLine" ADD PRIMARY KEY (id), ADD CHECK (quantity IN (1, 2, 3, 4, 5)),
  ADD FOREIGN KEY ("invoiceId") REFERENCES "Invoice" ON DELETE CASCADE,
  ADD FOREIGN KEY ("productId") REFERENCES "Product";
ALTER TABLE "AuditLog" ADD PRIMARY KEY (id, at);
ALTER TABLE "Attachment" ADD PRIMARY KEY (id), ADD FOREIGN KEY ("invoiceId") REFERENCES "Invoice" ON DELETE CASCADE;
ALTER TABLE "Session" ADD PRIMARY KEY (token);

CREATE UNIQUE INDEX "User_tenantId_email_key" ON "User" ("tenantId", lower(email));
CREATE INDEX "InvoiceLine_invoiceId_idx" ON "InvoiceLine" ("invoiceId");
CREATE INDEX "Invoice_open_idx" ON "Invoice" ("issuedAt") WHERE status = 'sent';
CREATE INDEX "Product_attributes_idx" ON "Product" USING gin (attributes jsonb_path_ops);

CREATE VIEW "OpenInvoice" AS
  SELECT i.id, t.name AS tenant, i.number, i.total FROM "Invoice" i JOIN "Tenant" t ON t.id = i."tenantId" WHERE i.status = 'sent';

CREATE MATERIALIZED VIEW "MonthlyRevenue" AS
  SELECT "tenantId", date_trunc('month', "issuedAt" AT TIME ZONE 'UTC') AS month, sum(total) AS revenue, count(*) AS invoices
  FROM "Invoice" WHERE status = 'paid' GROUP BY 1, 2;
CREATE UNIQUE INDEX "MonthlyRevenue_key" ON "MonthlyRevenue" ("tenantId", month);

CREATE FUNCTION touch_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."updatedAt" := now();
  RETURN NEW;
END $$;
CREATE TRIGGER "Invoice_touch" BEFORE UPDATE ON "Invoice" FOR EACH ROW EXECUTE FUNCTION touch_invoice();

COMMENT ON TABLE "InvoiceLine" IS 'Belongs to a tenant through "Invoice"';

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_app') THEN CREATE ROLE shop_app LOGIN; END IF;
END $$;
GRANT USAGE ON SCHEMA public TO shop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shop_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO shop_app;

ALTER TABLE "Customer" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON "Customer" TO shop_app
  USING ("tenantId" = nullif(current_setting('app.tenant', true), '')::uuid);
