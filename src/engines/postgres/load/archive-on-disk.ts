// Verifies an archive on disk, and writes the positions of its data into a custom archive, before pg_restore reads it.
import { createReadStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { PayloadSource } from '../../../ports/platform.ts'
import { notePositions } from '../archive/data-positions.ts'
import { DirectoryArchive } from '../archive/directory.ts'
import { objectListTap } from '../archive/directory-taps.ts'
import { TocReader } from '../archive/toc.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { contentPath } from './fetch.ts'

interface ArchiveOnDisk {
  /** What pg_restore reads: a file or a folder. */
  readonly path: string
  /** Undefined for a custom archive of a version that the reader does not know. */
  readonly entries: readonly TocEntry[] | undefined
}

/**
 * Finds the archive among payloads below `content`, and writes the positions of its data into a custom archive. Throws
 * Failure (integrity) if the archive is damaged, or if pg_restore would inflate data or read a file outside the
 * archive; `archive/unknown-version` for a directory archive that the reader does not know.
 */
export async function archiveOnDisk(
  content: string,
  payloads: readonly PayloadSource[],
  manifest: PostgresManifest,
): Promise<ArchiveOnDisk> {
  if (manifest.dump.format === 'custom') {
    const path = contentPath(content, payloads[0] as PayloadSource)
    const toc = await tocOf(createReadStream(path))
    const entries = toc && entriesRead(toc)
    if (toc) await notePositions(path, toc)
    return { path, entries }
  }
  const toc = payloads.map((source) => contentPath(content, source)).find((path) => path.endsWith('/toc.dat'))
  if (!toc) {
    throw new Failure('backup/no-archive', `backup ${manifest.id} lacks the directory archive's toc.dat`, {
      hint: 'Choose another backup.',
    })
  }
  return { path: dirname(toc), entries: await entriesOfDirectory(dirname(toc)) }
}

/**
 * The table of contents at the start of an archive; reads no further. Undefined for a version that the reader does not
 * know. Throws Failure (integrity) if the archive is truncated or compresses its data, which Resguardo's archives never
 * do.
 */
export async function entriesIn(archive: AsyncIterable<Uint8Array>): Promise<readonly TocEntry[] | undefined> {
  const toc = await tocOf(archive)
  return toc && entriesRead(toc)
}

async function tocOf(archive: AsyncIterable<Uint8Array>): Promise<TocReader | undefined> {
  const reader = new TocReader()
  for await (const chunk of archive) {
    reader.push(chunk)
    if (reader.state === 'done') return reader
    if (reader.state === 'unknown') return undefined
  }
  throw new Failure('archive/damaged', 'the archive ends within its table of contents', {
    hint: 'Choose another backup.',
  })
}

/** Entries of a reader that is done. Throws as `entriesIn` does. */
export function entriesRead({ header, entries }: TocReader): readonly TocEntry[] {
  if (header.compression === 'none') return entries
  throw new Failure(
    'archive/damaged',
    `the archive is compressed by pg_dump (${header.compression}), which Resguardo never requests`,
    {
      hint: 'This backup was changed after it was made. Do not use it; use another copy or another backup.',
    },
  )
}

/**
 * Checks the file names in the table of contents and in the lists of large objects, which pg_restore opens: each must
 * be the plain name of a file in the folder.
 */
async function entriesOfDirectory(folder: string): Promise<readonly TocEntry[]> {
  const archive = await DirectoryArchive.open(folder)
  if (archive.header === undefined) {
    throw new Failure(
      'archive/unknown-version',
      'could not determine which files of this directory archive pg_restore would read',
      {
        hint: 'Update Resguardo. pg_restore opens every file that the archive names, so run it by hand only where it can read no other files.',
      },
    )
  }
  const files = new Set(archive.parts.map(({ file }) => file))
  for (const { file, entry } of archive.parts) {
    if (entry?.description !== 'BLOBS') continue
    const list = objectListTap(file, (oid) => {
      if (files.has(`blob_${oid}.dat`)) return
      throw new Failure('archive/damaged', `${file} names large object ${oid}, which the backup does not contain`, {
        hint: 'Choose another backup.',
      })
    })
    for await (const chunk of createReadStream(join(folder, file))) list.push(chunk)
    list.end()
  }
  return entriesRead(archive.toc)
}
