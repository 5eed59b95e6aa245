// Reads which operators outside pg_catalog the expressions of a database use. The text of CASE x WHEN y, JOIN … USING
// and others does not show the operator, so a restore may choose another one for the same text.
import type pg from 'pg'
import type { Difference, OperatorUses } from '../../../domain/fingerprint/fingerprint.ts'

// Stored expressions name an operator as `:opno <oid>`.
const treesSql = `
  SELECT 'pg_rewrite'::regclass AS class, r.oid, 'pg_class'::regclass AS "ofClass", r.ev_class AS "of",
         concat(r.ev_action::text, r.ev_qual::text) AS tree, r.rulename = '_RETURN' AS "isView" FROM pg_rewrite r
  UNION ALL SELECT 'pg_constraint'::regclass, c.oid, CASE WHEN c.conrelid = 0 THEN 'pg_type'::regclass ELSE 'pg_class'::regclass END,
         CASE WHEN c.conrelid = 0 THEN c.contypid ELSE c.conrelid END, c.conbin::text, false FROM pg_constraint c
  UNION ALL SELECT 'pg_attrdef'::regclass, a.oid, 'pg_class'::regclass, a.adrelid, a.adbin::text, false FROM pg_attrdef a
  UNION ALL SELECT 'pg_policy'::regclass, p.oid, 'pg_class'::regclass, p.polrelid,
         concat(p.polqual::text, p.polwithcheck::text), false FROM pg_policy p
  UNION ALL SELECT 'pg_trigger'::regclass, t.oid, 'pg_class'::regclass, t.tgrelid, t.tgqual::text, false FROM pg_trigger t
  UNION ALL SELECT 'pg_class'::regclass, i.indexrelid, 'pg_class'::regclass, i.indrelid,
         concat(i.indexprs::text, i.indpred::text), false FROM pg_index i
  UNION ALL SELECT 'pg_class'::regclass, k.partrelid, 'pg_class'::regclass, k.partrelid, k.partexprs::text, false
         FROM pg_partitioned_table k
  UNION ALL SELECT 'pg_proc'::regclass, f.oid, 'pg_proc'::regclass, f.oid,
         concat(f.proargdefaults::text, to_jsonb(f) ->> 'prosqlbody'), false FROM pg_proc f
  UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid, 'pg_class'::regclass, s.stxrelid, to_jsonb(s) ->> 'stxexprs', false
         FROM pg_statistic_ext s
  UNION ALL SELECT 'pg_type'::regclass, y.oid, 'pg_type'::regclass, y.oid, y.typdefaultbin::text, false FROM pg_type y`

/** Identifies a view instead of its `_RETURN` rule. */
const identified = `pg_identify_object(CASE WHEN t."isView" THEN t."ofClass" ELSE t.class END,
                                       CASE WHEN t."isView" THEN t."of" ELSE t.oid END, 0)`

const usesSql = `
  WITH operators AS MATERIALIZED (
    SELECT oid, oid::regoperator::text AS name FROM pg_operator WHERE oprnamespace <> 'pg_catalog'::regnamespace
  ), dependents AS MATERIALIZED (
    SELECT DISTINCT d.classid, d.objid FROM pg_depend d JOIN operators o ON o.oid = d.refobjid
     WHERE d.refclassid = 'pg_operator'::regclass
  )
  SELECT o.name AS operator, concat(i.type, ' ', i.identity) AS object, count(*)::int AS uses
    FROM (${treesSql}) t
    JOIN dependents d ON d.classid = t.class AND d.objid = t.oid
   CROSS JOIN LATERAL regexp_matches(t.tree, ':opno (\\d+)', 'g') m
    JOIN operators o ON o.oid = m[1]::oid
   CROSS JOIN LATERAL ${identified} i
   WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.classid = t."ofClass" AND e.objid = t."of")
   GROUP BY 1, 2 ORDER BY 1, 2`

const existingSql = `
  SELECT object FROM (SELECT concat(i.type, ' ', i.identity) AS object FROM (${treesSql}) t
                       CROSS JOIN LATERAL ${identified} i) objects
   WHERE object = ANY ($1)`

/** Returns the number of uses by operator and object. Ignores objects of extensions, which CREATE EXTENSION creates. */
export async function readOperatorUses(client: pg.Client): Promise<OperatorUses> {
  const { rows } = await client.query<{ operator: string; object: string; uses: number }>(usesSql)
  const byOperator = Map.groupBy(rows, ({ operator }) => operator)
  return Object.fromEntries(
    [...byOperator].map(([operator, of]) => [
      operator,
      Object.fromEntries(of.map(({ object, uses }) => [object, uses])),
    ]),
  )
}

/** Returns the objects that use other operators than expected. Ignores objects that the database does not have. */
export async function compareOperatorUses(client: pg.Client, expected: OperatorUses): Promise<Difference[]> {
  const actual = await readOperatorUses(client)
  const suspects = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((operator) => {
    const [was, is] = [expected[operator] ?? {}, actual[operator] ?? {}]
    const objects = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return objects
      .filter((object) => was[object] !== is[object])
      .map((object) => ({ operator, object, was: was[object] ?? 0, is: is[object] ?? 0 }))
  })
  if (suspects.length === 0) return []
  const { rows } = await client.query<{ object: string }>(existingSql, [suspects.map(({ object }) => object)])
  const existing = new Set(rows.map(({ object }) => object))
  return suspects
    .filter(({ object }) => existing.has(object))
    .map(({ operator, object, was, is }) => ({
      what: 'definition',
      name: object,
      sentence: `${object}: uses operator ${operator} ${times(was)} in the backup, ${times(is)} restored`,
    }))
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
