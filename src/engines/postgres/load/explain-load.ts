// Maps errors of pg_restore and psql to failures that name what the server lacks, and that never contain row data.
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'
import { killed, wasKilled } from '../../../streams/processes/tool-failure.ts'
import { explainPostgres, explainStatement } from '../connection/errors.ts'
import { packageOf } from './needs.ts'

interface Row {
  readonly matches: RegExp
  readonly code: FailureCode
  readonly sentence: (found: string) => string
  readonly hint: (found: string, major: number) => string
}

const rows: readonly Row[] = [
  {
    matches: /invalid command \\restrict/,
    code: 'restore/psql-too-old',
    sentence: () => 'this psql has no restricted mode, so a script could run commands on this machine',
    hint: () => 'Install the newest minor version of the PostgreSQL client.',
  },
  {
    matches: /backslash commands are restricted|\\unrestrict: /,
    code: 'restore/psql-command',
    sentence: () => 'the script of the backup contains a psql command, which pg_dump never writes',
    hint: () => 'This backup was changed after it was made. Do not use it; use another copy or another backup.',
  },
  {
    matches: /role "(.*?)" does not exist/,
    code: 'restore/missing-role',
    sentence: (role) => `the backup needs a role "${role}" that this server does not have`,
    hint: () => "Create the role first; the backup's globals.sql has it.",
  },
  {
    matches:
      /(?:extension "(.*?)" is not available|could not open extension control file ".*\/(.*?)\.control"|extension "(.*?)" has no installation script)/,
    code: 'restore/missing-extension',
    sentence: (extension) => `the backup needs the extension ${extension}, which this server does not have`,
    hint: (extension, major) => `Install ${packageOf(extension, major)} on the server.`,
  },
  {
    matches: /could not (?:access file|load library) "(?:.*\/)?(.*?)"/,
    code: 'restore/missing-library',
    sentence: (library) => `the backup needs the library ${library}, which this server cannot load`,
    hint: () => 'Install the library on the server, built for its major version.',
  },
  {
    matches:
      /^(?:.*: )?(\S+) (?:must be|can only be) loaded via shared_preload_libraries|extension "(.*?)" must be preloaded/,
    code: 'restore/missing-library',
    sentence: (library) => `the backup needs the library ${library}, which this server has not preloaded`,
    hint: (library) => `Install it on the server, add ${library} to shared_preload_libraries, and restart the server.`,
  },
  {
    matches: /collation "(.*?)" for encoding .* does not exist|could not create locale "(.*?)"/,
    code: 'restore/missing-collation',
    sentence: (collation) => `the backup needs the collation ${collation}, which this server does not have`,
    hint: () => 'Install the locale on the server (locale-gen, or the package locales-all).',
  },
  {
    matches: /tablespace "(.*?)" does not exist|parameter "default_tablespace": "(.*?)"/,
    code: 'restore/missing-tablespace',
    sentence: (tablespace) => `the backup needs a tablespace "${tablespace}" that this server does not have`,
    hint: () => "Create the tablespace first; the backup's globals.sql has it.",
  },
  {
    matches: /unrecognized configuration parameter "(.*?)"/,
    code: 'restore/server-too-old',
    sentence: (found) => `this server does not know the parameter "${found}" of the backup`,
    hint: () => 'Restore into a server of the same or a newer major version, with the client of that version.',
  },
]

/** Errors that the content of the backup causes: rows that violate constraints, or definitions that are incomplete. */
const aboutData =
  /duplicate key|could not create unique index|violates (foreign key|check|not-null|unique|exclusion)|is duplicated|invalid (input syntax|byte sequence)|malformed|out of range|no partition of relation|(relation|function|type|schema|operator|column)\b.* does not exist|(unexpected end of file|could not read from input file|corrupt tar|input file (appears|does not appear))/i

const needsPath = /(relation|function|type|operator|column|text search \w+) .* does not exist/i

const pathHint =
  'A function may need a search_path, which pg_restore sets to empty. In the source, run ALTER FUNCTION … SET search_path = …. To restore the other objects, use --on-error report.'
const objectHint =
  'Correct that object in the source and back up again. To restore the other objects, use --on-error report.'

/** For `startChild`'s `explain`. `where` is a display name. */
export function explainLoad(tool: string, where: string, major: number): (stderr: string, exit: string) => Failure {
  return (stderr, exit) => {
    const { error, isOfStatement } = firstError(stderr)
    if (error === '' && wasKilled(exit)) return killed(tool, exit)
    for (const row of rows) {
      const match = row.matches.exec(error)
      if (!match) continue
      const found = match.slice(1).find((group) => group !== undefined) ?? ''
      return new Failure(row.code, `${row.sentence(found)} (${where})`, { hint: row.hint(found, major) })
    }
    return (
      explainMachine(error, isOfStatement, where) ??
      (aboutData.test(error)
        ? new Failure('restore/inconsistent-backup', `the backup could not be restored (${where}): ${error}`, {
            hint: needsPath.test(error) ? pathHint : objectHint,
          })
        : new Failure('restore/load-failed', `${tool} ${exit} while loading into ${where}${error && `: ${error}`}`, {
            hint: 'Read the message and the log of the server.',
          }))
    )
  }
}

function explainMachine(error: string, isOfStatement: boolean, where: string): Failure | undefined {
  if (isOfStatement) return explainStatement(error, where)
  const explained = explainPostgres(new Error(error), where)
  return explained.code === 'postgres/error' ? undefined : explained
}

interface LoadError {
  /** The message, with the archive entry that it belongs to; empty if there is none. */
  readonly error: string
  /** The server reported it as ERROR, so there was a connection. */
  readonly isOfStatement: boolean
}

/** The first error, without DETAIL and CONTEXT, which may contain rows. */
function firstError(stderr: string): LoadError {
  const lines = stderr.split('\n')
  const line = lines.find((each) => /\bERROR: |\bFATAL: |\berror: /.test(each))
  if (line === undefined) return { error: '', isOfStatement: false }
  const entry = lines
    .map((each) => /TOC ENTRY \d+; \d+ \d+ (.+?) ?(\S+)?$|from TOC entry \d+; \d+ \d+ (.+)$/.exec(each))
    .find(Boolean)
  const what = entry?.[3] ?? entry?.[1]
  const said = line.replace(/^.*?\b(?:error: (?:could not execute query: )?)?(?:ERROR: |FATAL: |error: )/, '').trim()
  return { error: what ? `${said} (${what})` : said, isOfStatement: /\bERROR: /.test(line) }
}
