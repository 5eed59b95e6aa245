// Reads and sets the properties of a database itself, not of its contents: owner, grants, settings, limit, comment,
// tablespace.
import pg from 'pg'
import { type Marker, readComment } from './marker.ts'
import { settingClause } from './setting-statement.ts'

interface Grant {
  readonly grantor: string
  /** Undefined means PUBLIC. */
  readonly grantee: string | undefined
  readonly privilege: string
  readonly grantable: boolean
}

export interface Properties {
  readonly oid: number
  readonly name: string
  readonly owner: string
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  /** `libc`, `icu` or `builtin`. */
  readonly provider: string
  readonly locale: string | undefined
  readonly icuRules: string | undefined
  readonly tablespace: string
  readonly connectionLimit: number
  readonly allowsConnections: boolean
  readonly isTemplate: boolean
  /** Undefined if nothing was ever granted or revoked: PostgreSQL's defaults apply. */
  readonly grants: readonly Grant[] | undefined
  /** Per role, or for all roles if `role` is undefined; items as stored, `name=value`. */
  readonly settings: readonly { readonly role: string | undefined; readonly items: readonly string[] }[]
  /** The users' text, without the marker. */
  readonly comment: string | undefined
  readonly marker?: Marker
}

const providers: Record<string, string> = { c: 'libc', i: 'icu', b: 'builtin' }

// Columns that only some server versions have are read through JSON.
const propertiesSql = `
  SELECT d.oid::int8::text AS oid, d.datname::text AS name, pg_get_userbyid(d.datdba)::text AS owner,
         pg_encoding_to_char(d.encoding)::text AS encoding, d.datcollate::text AS collate, d.datctype::text AS ctype,
         to_jsonb(d) ->> 'datlocprovider' AS provider,
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
         to_jsonb(d) ->> 'daticurules' AS icurules, t.spcname::text AS tablespace, d.datconnlimit AS connlimit,
         d.datallowconn AS allowconn, d.datistemplate AS istemplate, d.datacl IS NOT NULL AS hasacl,
         shobj_description(d.oid, 'pg_database') AS comment
    FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = $1`

const grantsSql = `
  SELECT pg_get_userbyid(a.grantor)::text AS grantor, CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee)::text END AS grantee,
         a.privilege_type AS privilege, a.is_grantable AS grantable
    FROM pg_database d, aclexplode(d.datacl) WITH ORDINALITY a(grantor, grantee, privilege_type, is_grantable, place)
   WHERE d.oid = $1 ORDER BY a.place`

const settingsSql = `
  SELECT CASE s.setrole WHEN 0 THEN NULL ELSE pg_get_userbyid(s.setrole)::text END AS role, s.setconfig AS items
    FROM pg_db_role_setting s WHERE s.setdatabase = $1 ORDER BY s.setrole`

interface DatabaseRow {
  readonly oid: string
  readonly name: string
  readonly owner: string
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  readonly provider: string | null
  readonly locale: string | null
  readonly icurules: string | null
  readonly tablespace: string
  readonly connlimit: number
  readonly allowconn: boolean
  readonly istemplate: boolean
  readonly hasacl: boolean
  readonly comment: string | null
}

/**
 * Reads a database's properties over a connection to any database of the server; undefined if there is no such
 * database.
 */
export async function readProperties(client: pg.Client, database: string): Promise<Properties | undefined> {
  const [row] = (await client.query<DatabaseRow>(propertiesSql, [database])).rows
  if (!row) return undefined
  const grants = await client.query<{ grantor: string; grantee: string | null; privilege: string; grantable: boolean }>(
    grantsSql,
    [row.oid],
  )
  const settings = await client.query<{ role: string | null; items: string[] }>(settingsSql, [row.oid])
  return {
    oid: Number(row.oid),
    name: row.name,
    owner: row.owner,
    encoding: row.encoding,
    collate: row.collate,
    ctype: row.ctype,
    provider: providers[row.provider ?? 'c'] ?? 'libc',
    locale: row.locale ?? undefined,
    icuRules: row.icurules ?? undefined,
    tablespace: row.tablespace,
    connectionLimit: row.connlimit,
    allowsConnections: row.allowconn,
    isTemplate: row.istemplate,
    grants: row.hasacl ? grants.rows.map((grant) => ({ ...grant, grantee: grant.grantee ?? undefined })) : undefined,
    settings: settings.rows.map(({ role, items }) => ({ role: role ?? undefined, items })),
    ...readComment(row.comment),
    comment: readComment(row.comment).comment,
  }
}

/**
 * SQL that sets these properties on the new database `name`. All of it may run in one transaction, on a connection to
 * any database of the server. CREATE DATABASE sets encoding, locale and tablespace.
 */
export function propertyStatements(properties: Properties, name: string): string[] {
  const database = pg.escapeIdentifier(name)
  const { connectionLimit, isTemplate, comment, owner } = properties
  return [
    `ALTER DATABASE ${database} OWNER TO ${pg.escapeIdentifier(owner)}`,
    ...grantStatements(properties, database),
    ...properties.settings.flatMap(({ role, items }) => {
      const subject =
        role === undefined ? `DATABASE ${database}` : `ROLE ${pg.escapeIdentifier(role)} IN DATABASE ${database}`
      return items.map((item) => `ALTER ${subject} ${settingClause(item)}`)
    }),
    ...(connectionLimit === -1 ? [] : [`ALTER DATABASE ${database} CONNECTION LIMIT ${connectionLimit}`]),
    ...(isTemplate ? [`ALTER DATABASE ${database} IS_TEMPLATE true`] : []),
    commentStatement(name, comment),
  ]
}

/** Sets or removes a database's comment. */
export function commentStatement(name: string, comment: string | undefined): string {
  return `COMMENT ON DATABASE ${pg.escapeIdentifier(name)} IS ${comment === undefined ? 'NULL' : pg.escapeLiteral(comment)}`
}

function grantStatements({ grants, owner }: Properties, database: string): string[] {
  if (grants === undefined) return []
  const statements = [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `REVOKE ALL ON DATABASE ${database} FROM ${pg.escapeIdentifier(owner)}`,
  ]
  for (const { grantor, grantee, privilege, grantable } of inOrderOfGranting(grants, owner)) {
    const to = grantee === undefined ? 'PUBLIC' : pg.escapeIdentifier(grantee)
    const grant = `GRANT ${privilege} ON DATABASE ${database} TO ${to}${grantable ? ' WITH GRANT OPTION' : ''}`
    if (grantor === owner) statements.push(grant)
    else statements.push(`SET LOCAL ROLE ${pg.escapeIdentifier(grantor)}`, grant, 'RESET ROLE')
  }
  return statements
}

/** The owner's grants first, then those of roles that an earlier grant gave the grant option. */
function inOrderOfGranting(grants: readonly Grant[], owner: string): Grant[] {
  const ordered: Grant[] = []
  let waiting = [...grants]
  const may = ({ grantor, privilege }: Grant): boolean =>
    grantor === owner ||
    ordered.some((grant) => grant.grantee === grantor && grant.privilege === privilege && grant.grantable)
  while (waiting.length > 0) {
    const next = waiting.filter(may)
    if (next.length === 0) return [...ordered, ...waiting]
    ordered.push(...next)
    waiting = waiting.filter((grant) => !next.includes(grant))
  }
  return ordered
}
