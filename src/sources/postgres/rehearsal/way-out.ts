// Ways in which SQL could make the scratch server itself send data somewhere, though the command that sends the SQL cannot.
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'

/** Extensions whose functions open connections of the server's own. */
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

/** Throws Failure('refused') naming every way out. */
export async function requireNoWayOut(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ way: string }>(waysSql, [speaking])
  if (rows.length === 0) return
  const ways = rows.map(({ way }) => way).join(', ')
  throw new Failure('refused', `the restored database could send its data elsewhere by itself: ${ways}`, {
    hint: 'A migration that is not trusted must not have these. Where every branch is trusted: --rehearsal-confinement none, on a scratch server that cannot reach production.',
  })
}
