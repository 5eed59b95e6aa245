// Streams a backup as SQL that restores it in one transaction, without entries that the database already has.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import type { RestoreRequest } from '../../../ports/restore.ts'
import { makeOwnFolder, removeOwnFolder } from '../../../streams/files/leftovers.ts'
import { type Child, startChild } from '../../../streams/processes/child.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { archiveOnDisk } from '../load/archive-on-disk.ts'
import { explainLoad } from '../load/explain-load.ts'
import { feed } from '../load/feed.ts'
import { fetchPayload } from '../load/fetch.ts'
import type { ClientTools } from '../tools.ts'
import { withoutFinalCommit } from './final-commit.ts'

interface ScriptRequest extends Pick<RestoreRequest, 'manifest' | 'payloads' | 'temporary' | 'signal'> {
  readonly tools: ClientTools
  /** For messages. */
  readonly display: string
  /** Entries to restore; undefined for a plain dump, which is streamed unchanged. */
  readonly entries: readonly TocEntry[] | undefined
}

/**
 * Calls `use` with the script. The script ends only after pg_restore exited 0 and every payload matched the manifest,
 * and errors otherwise. It contains no BEGIN or COMMIT but a harmless first BEGIN. When this returns, children have
 * ended and files are removed.
 */
export async function withScript<T>(
  request: ScriptRequest,
  use: (script: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const { manifest, payloads, temporary } = request
  const [archive] = payloads.filter(({ payload }) => payload.role === 'archive')
  if (!archive)
    throw new Failure('backup/no-archive', `backup ${manifest.id} contains no archive`, {
      hint: 'Choose another backup.',
    })
  if (manifest.dump.format === 'plain') {
    refuseLargeObjects(request)
    return use(await archive.open())
  }
  const folder = await makeOwnFolder(temporary, 'resguardo-restore-')
  let child: Child | undefined
  try {
    child = await startRestore(request, folder)
    if (manifest.dump.format === 'directory') return await use(withoutFinalCommit(child.output()))
    const feeding = feed(child, await archive.open())
    feeding.catch(() => {})
    return await use(withoutFinalCommit(afterwards(child.output(), feeding)))
  } finally {
    await child?.stop()
    await removeOwnFolder(folder)
  }
}

async function startRestore(
  { entries, tools, signal, display, manifest, payloads }: ScriptRequest,
  folder: string,
): Promise<Child> {
  const list = join(folder, 'entries.list')
  await writeFile(list, (entries ?? []).map(({ dumpId }) => `${dumpId};\n`).join(''), { mode: 0o600 })
  const isDirectory = manifest.dump.format === 'directory'
  const path = isDirectory ? [await fetchDirectory(join(folder, 'content'), { manifest, payloads, signal })] : []
  return startChild({
    command: `${tools.folder}/pg_restore`,
    arguments: [
      '--single-transaction',
      '--no-subscriptions',
      ...(entries ? [`--use-list=${list}`] : []),
      '--file=-',
      ...path,
    ],
    stdin: isDirectory ? 'ignore' : 'pipe',
    signal,
    explain: explainLoad('pg_restore', display, tools.major),
  })
}

async function fetchDirectory(
  content: string,
  { manifest, payloads, signal }: Pick<ScriptRequest, 'manifest' | 'payloads' | 'signal'>,
): Promise<string> {
  const parts = payloads.filter(({ payload }) => payload.role !== 'globals')
  for (const source of parts) await fetchPayload(source, content, signal)
  return (await archiveOnDisk(content, parts, manifest)).path
}

/** The script; ends only after the input of pg_restore was fed without an error. */
async function* afterwards(script: AsyncIterable<Uint8Array>, feeding: Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    yield* script
  } catch (error) {
    await feeding // its failure is the cause
    throw error
  }
  await feeding
}

function refuseLargeObjects({ manifest }: ScriptRequest): void {
  if ((manifest.fingerprint.largeObjects?.count ?? 0) === 0) return
  throw new Failure(
    'restore/plain-format',
    'a plain dump with large objects commits before its end, so it cannot be restored in place',
    {
      hint: 'Use --strategy swap, or a backup in the custom format.',
    },
  )
}
