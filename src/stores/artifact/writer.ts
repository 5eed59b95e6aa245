// Writes one object of unknown length: staged on disk, uploaded at the end.
import { Failure } from '../../domain/failures/failure.ts'
import { throwIfAborted, unlessAborted } from '../../domain/failures/interruption.ts'
import { deleteArtifact } from '../../github/artifacts.ts'
import type { StoreWriter, Written } from '../../ports/common.ts'
import { settledWithin } from '../../streams/time-limits.ts'
import type { Connection } from './connection.ts'
import { artifactName } from './names.ts'
import { putFile } from './put.ts'
import { stageFile } from './staged-file.ts'

interface Options {
  readonly estimate?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Seconds that an abort waits for an upload, which cannot be cancelled. An upload that ends later removes its artifact;
 * if the process ends first, there is no artifact.
 */
const abortLimit = { interrupted: 0.6, failed: 3 }

/**
 * Opens a writer for a key; follows the contract of `StoreWriter`. This store does not confirm digests: read the bytes
 * back.
 */
export async function openArtifactWriter(
  connection: Connection,
  key: string,
  { estimate, signal }: Options,
): Promise<StoreWriter> {
  const name = artifactName(key)
  const file = await stageFile(connection.settings.temporary, name, estimate)
  const given = new AbortController()
  const ends = signal ? AbortSignal.any([signal, given.signal]) : given.signal
  let uploading: Promise<unknown> | undefined
  let finished = false

  async function upload(): Promise<void> {
    const sha256 = await file.close()
    const put = await putFile(connection, key, file, sha256)
    if (put === 'exists') await acceptSame(connection, key, sha256)
    // The write was aborted meanwhile, so its artifact must not stay.
    else if (ends.aborted) await deleteArtifact(connection.github, put.artifact.id, name)
  }

  return {
    async write(chunk) {
      throwIfAborted(ends)
      await file.write(chunk)
    },
    async finish(): Promise<Written> {
      throwIfAborted(ends)
      const { bytes } = file
      uploading = upload()
      await unlessAborted(uploading, ends)
      finished = true
      await file.discard()
      return { bytes, digestConfirmed: false }
    },
    async abort() {
      if (finished) return
      const limit = abortLimit[ends.aborted ? 'interrupted' : 'failed']
      given.abort(new Failure('interrupted', `the upload of ${connection.address}/${key} was abandoned`))
      if (uploading) await settledWithin(uploading, limit)
      await file.discard()
    },
  }
}

/** Names are unique within a run. An existing artifact with the same bytes is accepted; others cannot be replaced. */
async function acceptSame(connection: Connection, key: string, sha256: string): Promise<void> {
  const { runId } = connection.settings.github
  const there = (await connection.versions(key)).find(({ run }) => run !== undefined && run.id === runId)
  if (there?.sha256 === sha256) return
  throw new Failure(
    'artifact/name-taken',
    `could not write ${connection.address}/${key}: this run already has an artifact with that name`,
    {
      hint: 'GitHub accepts a name only once per run, even if the upload failed. Run the whole workflow again, which makes a new backup.',
    },
  )
}
