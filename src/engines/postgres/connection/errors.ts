// Maps errors of PostgreSQL and its tools to Failures with a code and a hint.
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'
import { plainFailure } from '../../../streams/processes/tool-failure.ts'

interface Row {
  readonly matches: RegExp
  readonly code: FailureCode
  readonly sentence: (where: string) => string
  readonly hint: string
  /** A statement can report this error; otherwise only a connection can. */
  readonly ofStatement?: true
}

const rows: readonly Row[] = [
  {
    matches: /unsupported startup parameter|in statement pooling mode/i,
    code: 'postgres/pooler',
    sentence: (where) => `a connection pooler in front of ${where} does not support the session`,
    hint: 'Connect directly to the server, or use a pooler in session mode.',
  },
  {
    matches: /password authentication failed|SASL|no password supplied|28P01/i,
    code: 'postgres/bad-password',
    sentence: (where) => `PostgreSQL rejected the user or password for ${where}`,
    hint: 'Check the user and password in DATABASE_URL; percent-encode special characters.',
  },
  {
    matches:
      /no pg_hba\.conf entry|pg_hba\.conf rejects|role ".*" does not exist|role ".*" is not permitted to log in|28000/i,
    code: 'postgres/login-refused',
    sentence: (where) => `PostgreSQL does not permit this user to connect to ${where}`,
    hint: 'Check the user, the database and sslmode in DATABASE_URL, and pg_hba.conf on the server.',
  },
  {
    matches: /database ".*" does not exist|no such database|3D000/i,
    code: 'postgres/no-such-database',
    sentence: (where) => `the database does not exist: ${where}`,
    hint: 'Check the name at the end of DATABASE_URL.',
  },
  {
    matches: /ENOTFOUND|EAI_AGAIN|could not translate host name/i,
    code: 'postgres/host-unknown',
    sentence: (where) => `could not resolve the host name: ${where}`,
    hint: 'Check the host in DATABASE_URL, and whether this machine can resolve it.',
  },
  {
    matches: /ECONNREFUSED|Connection refused|No such file or directory.*socket|ENOENT.*\.s\.PGSQL/i,
    code: 'postgres/connection-refused',
    sentence: (where) => `the connection was refused: ${where}`,
    hint: 'Check host and port in DATABASE_URL, and whether the server runs and listens there.',
  },
  {
    matches: /ETIMEDOUT|ERR_SILENT_SERVER|timeout expired|Connection timed out|timed out|EHOSTUNREACH|ENETUNREACH/i,
    code: 'postgres/timeout',
    sentence: (where) => `no answer in time from ${where}`,
    hint: 'A firewall or a private network may block the connection. If the server is slow, raise connect_timeout in DATABASE_URL.',
  },
  {
    matches: /certificate|SSL|TLS|channel binding/,
    code: 'postgres/tls',
    sentence: (where) => `could not establish a TLS connection to ${where}`,
    hint: 'Check sslmode and sslrootcert in DATABASE_URL.',
  },
  {
    matches: /query would be affected by row-level security policy/i,
    code: 'postgres/row-security',
    ofStatement: true,
    sentence: (where) => `row-level security hides rows of ${where} from this role, so a dump would be partial`,
    hint: 'Back up with a superuser, the owner of the tables (without FORCE ROW LEVEL SECURITY), or a role with BYPASSRLS.',
  },
  {
    matches: /permission denied|must be owner|must be superuser|42501/i,
    code: 'postgres/permission-denied',
    ofStatement: true,
    sentence: (where) => `the role lacks a privilege on ${where}`,
    hint: 'Grant the missing privilege to the role, or connect as another role.',
  },
  {
    matches: /invalid memory alloc request size|Cannot enlarge string buffer/i,
    code: 'postgres/value-too-large',
    sentence: (where) =>
      `a row in ${where} is too large to dump (limit: 1 GB as text; bytea takes two characters per byte)`,
    hint: 'Exclude its table with --exclude-table-data, split the value, or move it to a large object.',
  },
  {
    matches: /server version mismatch/i,
    code: 'postgres/client-version',
    sentence: () => 'the PostgreSQL client is older than the server',
    hint: 'Install the client of the major version of the server, or use --install-tools.',
  },
  {
    matches: /No space left on device|could not extend file|disk full|ENOSPC|53100/i,
    code: 'disk/full',
    ofStatement: true,
    sentence: (where) => `the disk is full (${where})`,
    hint: 'Free disk space, or choose another folder for temporary files with --temporary.',
  },
  {
    matches: /out of shared memory|max_locks_per_transaction/i,
    code: 'postgres/out-of-locks',
    ofStatement: true,
    sentence: (where) => `the server ran out of lock space: ${where}`,
    hint: 'Raise max_locks_per_transaction on the server and restart it: each table and each large object takes a lock.',
  },
  {
    matches: /out of memory|53200/i,
    code: 'postgres/out-of-memory',
    ofStatement: true,
    sentence: (where) => `the server ran out of memory: ${where}`,
    hint: 'Free memory on the server, or run again with fewer --jobs.',
  },
  {
    matches: /deadlock detected|40P01/i,
    code: 'postgres/deadlock',
    ofStatement: true,
    sentence: (where) => `PostgreSQL ended a transaction because of a deadlock on ${where}`,
    hint: 'Run again while nothing else changes these tables.',
  },
  {
    matches: /Input\/output error|58030/i,
    code: 'disk/io-error',
    ofStatement: true,
    sentence: (where) => `the server could not read or write its disk: ${where}`,
    hint: 'Check the disk and the log of the server.',
  },
  {
    matches: /lock timeout|canceling statement due to lock timeout|55P03/i,
    code: 'postgres/lock-timeout',
    ofStatement: true,
    sentence: (where) => `could not lock a table of ${where} within the lock timeout`,
    hint: 'A migration or another long transaction holds the lock. Retry later, or raise --lock-timeout.',
  },
  {
    matches: /too many connections for (role|database)/i,
    code: 'postgres/too-many-connections',
    sentence: (where) => `the connection limit of the role or database is reached: ${where}`,
    hint: 'Raise the limit: ALTER ROLE … CONNECTION LIMIT, or ALTER DATABASE … CONNECTION LIMIT. A backup takes three connections.',
  },
  {
    matches: /too many clients|remaining connection slots|53300/i,
    code: 'postgres/too-many-connections',
    sentence: (where) => `the server has no free connection: ${where}`,
    hint: 'Free connections, or raise max_connections.',
  },
  {
    matches:
      /terminating connection|server closed the connection|Connection terminated|is not queryable|connection to server was lost|57P0\d|ECONNRESET|EPIPE|shutting down|starting up/i,
    code: 'postgres/connection-lost',
    sentence: (where) => `the connection to ${where} was lost`,
    hint: 'The server was stopped or restarted, or ended the session. Run again when it is up.',
  },
]

/** Converts any error of `pg` to a Failure; returns a Failure unchanged. `where` is a display name without secrets. */
export function explainPostgres(error: unknown, where: string): Failure {
  if (error instanceof Failure) return error
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const row = findRow(`${code} ${message}`, isOfStatement(code))
  if (row) return new Failure(row.code, `${row.sentence(where)}: ${oneLine(message)}`, { hint: row.hint, cause: error })
  return new Failure('postgres/error', `PostgreSQL reported an error for ${where}: ${oneLine(message)}`, {
    hint: 'Read the message of the server, correct the cause and run again.',
    cause: error,
  })
}

/** Returns the Failure for a statement's error that a server reported as ERROR; undefined if the table has none. */
export function explainStatement(message: string, where: string): Failure | undefined {
  const row = findRow(message, true)
  return row && new Failure(row.code, `${row.sentence(where)}: ${oneLine(message)}`, { hint: row.hint })
}

/**
 * With `ofStatement`, searches only rows for statements, because such an error may quote any text, such as a column
 * named SSL.
 */
function findRow(text: string, ofStatement: boolean): Row | undefined {
  return rows.find((row) => (row.ofStatement || !ofStatement) && row.matches.test(text))
}

/** Whether the SQLSTATE is one of statements; those of connections are in classes 08, 28, 3D, 53 and 57. */
function isOfStatement(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|28|3D|53|57)/.test(code) && !/^E[A-Z]+$/.test(code)
}

/** Returns an `explain` for `startChild`, which converts the stderr of pg_dump, pg_restore or psql to a Failure. */
export function explainTool(tool: string, where: string): (stderr: string, exit: string) => Failure {
  return (stderr, exit) => {
    const row = rows.find(({ matches }) => matches.test(stderr))
    const said = stderr.split('\n').filter(Boolean).slice(-3).join(' · ')
    if (row) return new Failure(row.code, `${row.sentence(where)}: ${said}`, { hint: row.hint })
    return plainFailure(tool, stderr, exit)
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 500)
}
