// Finds ways in which SQL could make the scratch server send data elsewhere, although the command that sends the SQL
// cannot.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'

/** Extensions with functions that make the server open connections. */
const speaking = [
  'dblink',
  'http',
  'pg_net',
  'pgsql_http',
  'aws_s3',
  'aws_lambda',
  'pg_cron',
  'oracle_fdw',
  'mysql_fdw',
  'pg_amqp',
]

const waysSql = `
  SELECT 'extension ' || extname AS way FROM pg_extension WHERE extname = ANY ($1)
   UNION ALL SELECT 'foreign server ' || srvname FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
   WHERE w.fdwname <> 'file_fdw'
   UNION ALL SELECT 'untrusted language ' || lanname FROM pg_language
   WHERE lanispl AND NOT lanpltrusted AND EXISTS (SELECT 1 FROM pg_proc WHERE prolang = pg_language.oid)
   ORDER BY 1`

// Before PostgreSQL 16, a role with CREATEROLE could grant itself the other privileges.
const rightsSql = `
  SELECT 'membership in ' || r.rolname AS way FROM pg_roles r
   WHERE (r.rolsuper OR r.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_create_subscription'))
     AND pg_has_role($1, r.oid, 'MEMBER')
   UNION ALL SELECT 'the foreign-data wrapper ' || fdwname FROM pg_foreign_data_wrapper
   WHERE fdwname <> 'file_fdw' AND has_foreign_data_wrapper_privilege($1, oid, 'USAGE')
   UNION ALL SELECT 'the attribute CREATEROLE' FROM pg_roles WHERE rolcreaterole AND pg_has_role($1, oid, 'MEMBER')
   ORDER BY 1`

/** Throws a Failure of kind refused that names everything in the database through which the server could send data. */
export async function requireNoEgress(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ way: string }>(waysSql, [speaking])
  refuse(rows)
}

/** Throws a Failure of kind refused that names every privilege of the role that reaches beyond the database. */
export async function requireNoRights(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ way: string }>(rightsSql, [role])
  refuse(rows)
}

function refuse(rows: readonly { readonly way: string }[]): void {
  if (rows.length === 0) return
  const ways = rows.map(({ way }) => way).join(', ')
  throw new Failure(
    'rehearsal/server-can-leak',
    `the scratch server could send restored data to other servers: ${ways}`,
    {
      hint: 'Remove them from the scratch server. If you trust every branch, use --rehearsal-confinement none with a scratch server that cannot reach production.',
    },
  )
}
