// One connection to PostgreSQL, with libpq's meaning of sslmode, and no timeout of the server's that could end long work.
import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import pg from 'pg'
import { type Address, clientConfig } from './address.ts'
import { explainPostgres } from './errors.ts'

/** Connects. Throws Failure('unreachable') or ('usage') with a hint; never shows the password. The caller ends the client. */
export async function connect(address: Address): Promise<pg.Client> {
  let last: unknown
  for (const ssl of await tlsChoices(address)) {
    const client = new pg.Client({ ...clientConfig(address), ssl })
    client.on('error', () => {}) // a lost connection shows in the next query
    try {
      await client.connect()
      await client.query(
        "SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false)",
      )
      return client
    } catch (error) {
      last = error
      await client.end().catch(() => {})
      if (!aboutTls(error)) break
    }
  }
  throw explainPostgres(last, address.display)
}

/** Connects, works, and ends the connection whatever happens. */
export async function withClient<T>(address: Address, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(address)
  try {
    return await work(client)
  } catch (error) {
    throw explainPostgres(error, address.display)
  } finally {
    await client.end().catch(() => {})
  }
}

function aboutTls(error: unknown): boolean {
  return error instanceof Error && /does not support SSL|no pg_hba\.conf entry/.test(error.message)
}

async function tlsChoices(address: Address): Promise<(false | ConnectionOptions)[]> {
  if (address.host.startsWith('/') || address.sslMode === 'disable') return [false]
  const files = {
    ...(address.sslRootCert ? { ca: await readFile(address.sslRootCert) } : {}),
    ...(address.sslCert ? { cert: await readFile(address.sslCert) } : {}),
    ...(address.sslKey ? { key: await readFile(address.sslKey) } : {}),
  }
  switch (address.sslMode) {
    case 'verify-full':
      return [{ ...files, rejectUnauthorized: true }]
    case 'verify-ca':
      return [{ ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined }]
    case 'require':
      return [{ ...files, rejectUnauthorized: address.sslRootCert !== undefined, checkServerIdentity: () => undefined }]
    case 'allow':
      return [false, { ...files, rejectUnauthorized: false }]
    default:
      return [{ ...files, rejectUnauthorized: false }, false]
  }
}
