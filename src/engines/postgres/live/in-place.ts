// Restores inside the live database, for roles that may not create databases: replaces everything in one transaction.
import type { Difference } from '../../../domain/fingerprint/fingerprint.ts'
import type { RestoreRequest } from '../../../ports/restore.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { compareBeforeCommit } from '../compare/before-commit.ts'
import { compareDatabase, type Rows } from '../compare/compare.ts'
import type { Reader } from '../compare/reader.ts'
import { DeferredDump } from '../load/deferred-dump.ts'
import { deferEntries } from '../load/deferred-entries.ts'
import { inOnePass, inPlaceHint } from '../load/one-pass.ts'
import { analyze } from './analyze.ts'
import { readContents } from './archive-facts.ts'
import type { LiveContext } from './context.ts'
import { type Emptying, planEmptying } from './empty-database.ts'
import { markStatement } from './mark-in-place.ts'
import { differs } from './new-database.ts'
import { inOneSession } from './one-session.ts'
import { withScript } from './restore-script.ts'
import { runScript } from './run-script.ts'
import { inSession } from './session.ts'

/** How long the transaction waits for a table that another session uses. */
const lockTimeout = '30s'

/**
 * Replaces the user objects of the database; existing extensions remain. Rows, sequences and large objects are compared
 * before the commit; a Failure up to then changes nothing. Definitions are compared after the commit, because pg_dump
 * reads them in a separate session, and so are rows that the restoring role cannot read.
 */
export async function restoreInPlace(
  context: LiveContext,
  request: RestoreRequest,
): Promise<{ differences: readonly Difference[]; notes: readonly string[] }> {
  const { manifest, signal, jobs, phase } = request
  const { live: address } = context
  const tools = await context.tools(manifest)
  const contents = await readContents(request.payloads)
  const emptying = await inSession(address, signal, planEmptying)
  const mark = { backup: manifest.id, safetyBackup: request.safetyBackup }
  const marking = await inSession(address, signal, (client) => markStatement(client, mark))
  const left = contents?.filter((entry) => isThereAlready(entry, emptying)) ?? []
  const quiet = contents && deferEntries(contents.filter((entry) => !left.includes(entry)))
  const entries = quiet?.entries
  // Schemas and extensions that remain may not be in the backup: `partial` excludes them from the comparison.
  const leftOut = { loaded: contents, partial: contents !== undefined }
  const dump = new DeferredDump()
  let rows: Rows | undefined
  const check = async (reader: Reader): Promise<void> => {
    const { differences, rest } = await compareBeforeCommit(reader, manifest, leftOut)
    if (differences.length > 0) throw differs(differences)
    rows = rest
  }
  await phase(`Replacing the contents of ${address.database} in one transaction, and comparing the rows`, () =>
    withScript({ ...request, tools, display: address.display, entries }, (script) =>
      inOneSession(context, request, entries, (session) =>
        runScript({
          ...session,
          tools,
          opening: [`SET LOCAL lock_timeout = '${lockTimeout}'`, ...emptying.statements, ...(marking ? [marking] : [])],
          script,
          quiet: dump,
          check,
          signal,
          reached: request.reached,
        }),
      ).catch((error) => {
        throw inOnePass(error, inPlaceHint)
      }),
    ),
  )
  const notes = [
    ...(left.length > 0 ? [`Not changed: ${left.map(named).join(', ')}.`] : []),
    ...(quiet?.notes ?? []),
    ...(await dump.notes(address)),
  ]
  const differences = await phase('Comparing the definitions with the backup', () =>
    compareDatabase({
      ...{ address, tools, manifest, connections: jobs, signal, ...leftOut, rows },
      onNote: (note) => notes.push(note),
    }),
  )
  const statistics = await phase('Gathering statistics (ANALYZE)', () => inSession(address, signal, analyze))
  return { differences, notes: [...notes, ...statistics] }
}

/** Whether an entry would fail because a schema or extension remains. */
function isThereAlready({ description, tag }: TocEntry, { keptSchemas, keptExtensions }: Emptying): boolean {
  if (description === 'SCHEMA') return keptSchemas.has(tag)
  if (description === 'EXTENSION') return keptExtensions.has(tag)
  const [, extension = ''] = (description === 'COMMENT' && /^EXTENSION (.*)$/s.exec(tag)) || []
  return keptExtensions.has(extension.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"'))
}

function named({ description, tag }: TocEntry): string {
  return `${description.toLowerCase()} ${tag}`
}
