// Plans the SQL that drops all user objects of a database and leaves extensions and their parts.
import pg from 'pg'
import { keywordOf, objectsIn, objectsOfDatabase, ownSchemas, schemasOfExtensions } from './own-objects.ts'

export interface Emptying {
  readonly statements: readonly string[]
  /** Schemas that are not dropped because they contain parts of extensions, or are `public`. */
  readonly keptSchemas: ReadonlySet<string>
  readonly keptExtensions: ReadonlySet<string>
}

/** Reads the catalog; changes nothing. Run the statements in the transaction of the restore. */
export async function planEmptying(client: pg.Client): Promise<Emptying> {
  const statements = await defaultPrivileges(client) // before their schemas are dropped
  const keptSchemas = new Set<string>()
  const drop = (keyword: string, identity: string) => statements.push(`DROP ${keyword} IF EXISTS ${identity} CASCADE`)
  const dropObjectsIn = async (schema: string): Promise<void> => {
    for (const object of await objectsIn(client, schema))
      if (!object.isinternal) drop(keywordOf(object), object.identity)
  }
  // Event triggers first, because they would fire for the other DROPs.
  const objects = await objectsOfDatabase(client)
  const isFirst = (object: (typeof objects)[number]): boolean => keywordOf(object) === 'EVENT TRIGGER'
  for (const object of [...objects.filter(isFirst), ...objects.filter((each) => !isFirst(each))])
    drop(keywordOf(object), object.identity)
  for (const { name, quoted, holdsExtension } of await ownSchemas(client)) {
    if (name !== 'public' && !holdsExtension) {
      drop('SCHEMA', quoted)
      continue
    }
    keptSchemas.add(name)
    await dropObjectsIn(name)
  }
  for (const name of await schemasOfExtensions(client)) await dropObjectsIn(name)
  statements.push('SELECT lo_unlink(oid) FROM pg_largeobject_metadata')
  statements.push(...(await extensionRows(client)))
  const { rows } = await client.query<{ name: string }>('SELECT extname::text AS name FROM pg_extension')
  return { statements, keptSchemas, keptExtensions: new Set(rows.map(({ name }) => name)) }
}

const kindsOfDefault: Record<string, string> = { r: 'TABLES', S: 'SEQUENCES', f: 'FUNCTIONS', T: 'TYPES', n: 'SCHEMAS' }

interface DefaultRow {
  readonly role: string
  readonly schema: string | null
  readonly kind: string
  readonly grantee: string | null
}

/** Resets default privileges to PostgreSQL's own: they would change the grants of every table that the dump creates. */
async function defaultPrivileges(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<DefaultRow>(`
    SELECT DISTINCT pg_get_userbyid(d.defaclrole)::text AS role, n.nspname::text AS schema, d.defaclobjtype AS kind,
           CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee)::text END AS grantee
      FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
      LEFT JOIN LATERAL aclexplode(d.defaclacl) a ON true`)
  return rows.flatMap(({ role, schema, kind, grantee }) => {
    const objects = kindsOfDefault[kind]
    if (!objects) return []
    const where = schema === null ? '' : ` IN SCHEMA ${pg.escapeIdentifier(schema)}`
    const head = `ALTER DEFAULT PRIVILEGES FOR ROLE ${pg.escapeIdentifier(role)}${where}`
    const who = grantee === null ? 'PUBLIC' : pg.escapeIdentifier(grantee)
    const revoke = `${head} REVOKE ALL ON ${objects} FROM ${who}`
    if (schema !== null) return [revoke]
    const usual = kind === 'f' ? 'EXECUTE' : kind === 'T' ? 'USAGE' : undefined
    return [
      revoke,
      `${head} GRANT ALL ON ${objects} TO ${pg.escapeIdentifier(role)}`,
      ...(usual ? [`${head} GRANT ${usual} ON ${objects} TO PUBLIC`] : []),
    ]
  })
}

/** Deletes user rows of extensions' configuration tables: the dump contains them. */
async function extensionRows(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ quoted: string; condition: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS quoted, x.condition
      FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS x(relation, condition)
      JOIN pg_class c ON c.oid = x.relation JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')`)
  return rows.map(({ quoted, condition }) => `DELETE FROM ${quoted} ${condition}`)
}
