// Lists the user objects of a database, without those of PostgreSQL and of extensions: the objects that a restore
// replaces.
import type pg from 'pg'

/** An object with its name in SQL, quoted by the server. */
export interface OwnObject {
  /** As pg_identify_object returns it: `table`, `function`, `operator class`. */
  readonly type: string
  readonly identity: string
  /** Created with another object and dropped with it, such as the functions of a range type. */
  readonly isinternal: boolean
}

interface OwnSchema {
  readonly name: string
  readonly quoted: string
  /** It contains parts of extensions, so it must remain. */
  readonly holdsExtension: boolean
}

const userNamespace = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
const internal = (classid: string, objid: string): string =>
  `EXISTS (SELECT FROM pg_depend o WHERE o.classid = ${classid} AND o.objid = ${objid} AND o.deptype = 'i' AND (o.refclassid, o.refobjid) <> (o.classid, o.objid))`
const partOfExtension = (classid: string, objid: string): string =>
  `EXISTS (SELECT FROM pg_depend e WHERE e.classid = ${classid} AND e.objid = ${objid} AND e.deptype = 'e')`

/** Schemas that extensions created; they can contain user objects too. */
export async function schemasOfExtensions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname::text AS name FROM pg_namespace n WHERE ${partOfExtension("'pg_namespace'::regclass", 'n.oid')} ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** Schemas that belong to no extension. */
export async function ownSchemas(client: pg.Client): Promise<OwnSchema[]> {
  const { rows } = await client.query<{ name: string; quoted: string; holds: boolean }>(`
    SELECT n.nspname::text AS name, quote_ident(n.nspname) AS quoted,
           EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
                     AND (d.classid = 'pg_extension'::regclass OR ${partOfExtension('d.classid', 'd.objid')})) AS holds
      FROM pg_namespace n
     WHERE ${userNamespace} AND NOT ${partOfExtension("'pg_namespace'::regclass", 'n.oid')} ORDER BY 1`)
  return rows.map(({ name, quoted, holds }) => ({ name, quoted, holdsExtension: holds }))
}

/**
 * All objects directly in a schema that belong to no extension, nor (as a sequence) to a table: relations, types,
 * functions and so on.
 */
export async function objectsIn(client: pg.Client, schema: string): Promise<OwnObject[]> {
  const { rows } = await client.query<OwnObject>(
    `SELECT DISTINCT i.type, i.identity, ${internal('d.classid', 'd.objid')} AS isinternal
       FROM pg_depend d JOIN pg_namespace n ON n.oid = d.refobjid, LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i
      WHERE d.refclassid = 'pg_namespace'::regclass AND n.nspname = $1 AND d.deptype = 'n'
        AND d.classid <> 'pg_extension'::regclass AND NOT ${partOfExtension('d.classid', 'd.objid')}
        AND NOT EXISTS (SELECT FROM pg_depend o WHERE o.classid = d.classid AND o.objid = d.objid AND o.objsubid = 0
                           AND o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
                           AND i.type = 'sequence')
      ORDER BY 1, 2`,
    [schema],
  )
  return rows
}

const databaseCatalogues = [
  'pg_event_trigger',
  'pg_publication',
  'pg_cast',
  'pg_foreign_server',
  'pg_foreign_data_wrapper',
  'pg_language',
  'pg_am',
]
/** FirstNormalObjectId: objects that initdb created have smaller OIDs. */
const firstOwnOid = 16_384

/**
 * Objects that belong to the database itself, not to a schema or to another object (as the cast of a range type does).
 */
export async function objectsOfDatabase(client: pg.Client): Promise<OwnObject[]> {
  const found: OwnObject[] = []
  for (const catalogue of databaseCatalogues) {
    const { rows } = await client.query<OwnObject>(
      `SELECT i.type, i.identity, false AS isinternal
         FROM ${catalogue} c, LATERAL pg_identify_object('${catalogue}'::regclass, c.oid, 0) i
        WHERE c.oid >= ${firstOwnOid} AND NOT ${partOfExtension(`'${catalogue}'::regclass`, 'c.oid')}
          AND NOT ${internal(`'${catalogue}'::regclass`, 'c.oid')} ORDER BY 2`,
    )
    found.push(...rows)
  }
  return found
}

const routines: ReadonlySet<string> = new Set(['function', 'procedure', 'aggregate'])

/** The keyword for DROP and ALTER. ROUTINE covers functions, procedures and aggregates. */
export function keywordOf({ type }: Pick<OwnObject, 'type'>): string {
  if (routines.has(type)) return 'ROUTINE'
  if (type === 'statistics object') return 'STATISTICS'
  if (type === 'foreign-data wrapper') return 'FOREIGN DATA WRAPPER'
  return type.toUpperCase()
}
