// Writes a small object that must not exist; GitHub ensures this only within one run.
import { createHash } from 'node:crypto'
import { Failure } from '../../domain/failures/failure.ts'
import { deleteArtifact, type ListedArtifact } from '../../github/artifacts.ts'
import type { Connection } from './connection.ts'
import { artifactName } from './names.ts'
import { putFile } from './put.ts'
import { readArtifact } from './reader.ts'
import { stageFile } from './staged-file.ts'

/**
 * Returns if the object exists with the same content; throws a failure of kind refused if it exists with other content.
 */
export async function createObject(connection: Connection, key: string, content: Uint8Array): Promise<void> {
  const name = artifactName(key)
  const [there] = await connection.versions(key)
  if (there) return await requireSame(connection, key, there, content)
  const file = await stageFile(connection.settings.temporary, name, content.length)
  try {
    await file.write(content)
    const put = await putFile(connection, key, file, await file.close())
    if (put === 'exists') {
      const [other] = await connection.versions(key)
      if (!other) throw refused(connection, key)
      return await requireSame(connection, key, other, content)
    }
    // Another run may have created it at the same time: the oldest artifact stays.
    const first = put.versions.at(-1)
    if (first && first.id !== put.artifact.id) await yieldTo(connection, key, first, put.artifact, content)
  } finally {
    await file.discard()
  }
}

async function yieldTo(
  connection: Connection,
  key: string,
  first: ListedArtifact,
  own: ListedArtifact,
  content: Uint8Array,
): Promise<void> {
  if (await isSame(connection, key, first, content)) return
  await deleteArtifact(connection.github, own.id, own.name)
  throw refused(connection, key)
}

async function requireSame(
  connection: Connection,
  key: string,
  there: ListedArtifact,
  content: Uint8Array,
): Promise<void> {
  if (!(await isSame(connection, key, there, content))) throw refused(connection, key)
}

async function isSame(
  connection: Connection,
  key: string,
  there: ListedArtifact,
  content: Uint8Array,
): Promise<boolean> {
  if (there.bytes !== content.length) return false
  const sha256 = createHash('sha256').update(content).digest('hex')
  if (there.sha256 !== undefined) return there.sha256 === sha256
  const hash = createHash('sha256')
  const stream = await readArtifact(connection, key, there, 0)
  for await (const chunk of (stream ?? []) as AsyncIterable<Uint8Array>) hash.update(chunk)
  return hash.digest('hex') === sha256
}

function refused({ address }: Connection, key: string): Failure {
  return new Failure('store/object-exists', `${address}/${key} already exists with other content`, {
    hint: 'Nothing was overwritten. Another run may have written the object. List the backups and compare.',
  })
}
