// Loads a backup into an existing, empty database: in parallel from disk if it fits, else as a stream in one
// transaction.

import { Failure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { PayloadSource } from '../../../ports/platform.ts'
import { withOwnFolder } from '../../../streams/files/leftovers.ts'
import { asDatabaseOwner } from '../owners/as-database-owner.ts'
import { hasSelection, isPartial } from './choose-entries.ts'
import { fits } from './fetch.ts'
import { loadFromDisk } from './from-disk.ts'
import { notesOnRepairs, requireComplete } from './repair.ts'
import { noRepairs } from './repairs.ts'
import type { Loaded, LoadedPart, LoadRequest } from './request.ts'
import { loadScript } from './script.ts'
import { loadStreaming } from './streaming.ts'

/**
 * Loads a backup. Every stored byte is verified before any of it is committed, unless tables at the end of an archive
 * are left out. Rows retain their order. Throws Failure: `refused` for a missing role, extension or collation,
 * `integrity` for damaged bytes, `tool` for a full disk or a failing tool, `usage` for selections that the format does
 * not support. Always removes temporary files; never drops the database, even after a failure.
 */
export async function loadBackup(request: LoadRequest): Promise<Loaded> {
  const { manifest } = request
  requireLoadable(request)
  const payloads = request.payloads.filter(({ payload }) => payload.role !== 'globals')
  try {
    const {
      loaded,
      notes,
      repairs = noRepairs,
    } = await withOwnFolder(request.temporary, 'resguardo-load-', (folder) => loadBy(request, payloads, folder))
    requireComplete(repairs, request.onError)
    const { missing } = repairs
    const gone = new Set(missing.map(({ entry }) => entry))
    return {
      ...(loaded && { loaded: loaded.filter((entry) => !gone.has(entry)) }),
      notes: [...notes, ...notesOnRepairs(repairs)],
      partial: isPartial(request) || hasSelection(manifest),
      missing,
    }
  } catch (error) {
    request.signal.throwIfAborted()
    throw error
  }
}

async function loadBy(request: LoadRequest, payloads: readonly PayloadSource[], folder: string): Promise<LoadedPart> {
  const { manifest, temporary, reserve = 0 } = request
  switch (manifest.dump.format) {
    case 'plain':
      return inOneSession(request, (session) => loadScript(session, archiveOf(payloads, manifest)))
    case 'directory':
      return loadFromDisk(request, payloads, folder)
    case 'custom': {
      const archive = archiveOf(payloads, manifest)
      if (await fits(temporary, [archive], reserve)) return loadFromDisk(request, [archive], folder)
      return inOneSession(request, (session) => loadStreaming(session, archive, folder))
    }
  }
}

function inOneSession<T>(request: LoadRequest, work: (request: LoadRequest) => Promise<T>): Promise<T> {
  if (request.codeRunsAs !== 'owners') return work(request)
  return asDatabaseOwner(request.address, { entries: undefined, manifest: request.manifest }, (session) =>
    work({ ...request, ...session }),
  )
}

function archiveOf(payloads: readonly PayloadSource[], manifest: PostgresManifest): PayloadSource {
  const archive = payloads.find(({ payload }) => payload.role === 'archive')
  if (archive) return archive
  throw new Failure('backup/no-archive', `backup ${manifest.id} contains no archive`, {
    hint: 'Choose another backup.',
  })
}

function requireLoadable(request: LoadRequest): void {
  const { manifest } = request
  const { format, selection } = manifest.dump
  if (manifest.kind !== 'platform') {
    throw new Failure(
      'backup/wrong-kind',
      `backup ${manifest.id} is of kind ${manifest.kind}, not a PostgreSQL database`,
      {
        hint: 'Choose a backup of kind platform.',
      },
    )
  }
  if (selection.parts === 'data-only') {
    throw new Failure('restore/data-only', `backup ${manifest.id} contains data without table definitions`, {
      hint: 'Load it by hand into a database with these tables, or choose a backup with schema and data.',
    })
  }
  if (format === 'plain' && isPartial(request)) {
    throw new Failure('restore/plain-format', 'a plain SQL backup cannot be restored in part', {
      hint: 'Restore the whole backup (--strategy new), or choose one in custom or directory format.',
    })
  }
}
