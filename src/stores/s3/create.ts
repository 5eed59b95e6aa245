// Writes a small object that must not exist, also if answers are lost or the store supports no conditions.
import { Failure } from '../../domain/failures/failure.ts'
import { answerLost, type Connection } from './client.ts'
import { badDigest, etagSays, md5 } from './digests.ts'
import { httpStatus, s3Code, s3Failure } from './errors.ts'
import { encryption, place } from './object.ts'
import { readObject } from './reader.ts'

/**
 * Returns if the object exists with the same content; throws a failure of kind refused if it exists with other content.
 */
export async function createObject(connection: Connection, key: string, content: Uint8Array): Promise<void> {
  const doing = `write ${connection.address}/${key}`
  try {
    await put(connection, key, content, true)
    return
  } catch (thrown) {
    const code = s3Code(thrown)
    if (code === 'NotImplemented' || httpStatus(thrown) === 501) return createUnconditionally(connection, key, content)
    // Our own first attempt may have caused the 412; a request without an answer may have succeeded.
    const unsure =
      code === 'PreconditionFailed' || httpStatus(thrown) === 412 || code === 'BadDigest' || answerLost(thrown)
    const there = unsure ? await compare(connection, key, content).catch(() => 'missing' as const) : 'missing'
    if (there === 'same') return
    if (there === 'other') throw refused(connection, key)
    throw s3Failure(thrown, doing)
  }
}

async function createUnconditionally(connection: Connection, key: string, content: Uint8Array): Promise<void> {
  const before = await compare(connection, key, content)
  if (before === 'same') return
  if (before === 'other') throw refused(connection, key)
  try {
    await put(connection, key, content, false)
  } catch (thrown) {
    throw s3Failure(thrown, `write ${connection.address}/${key}`)
  }
}

async function put(connection: Connection, key: string, content: Uint8Array, once: boolean): Promise<void> {
  const digest = md5(content)
  await connection.attempt(`write ${connection.address}/${key}`, async (client, sdk) => {
    const command = new sdk.PutObjectCommand({
      ...place(connection, key),
      ...encryption(connection),
      Body: content,
      ContentMD5: digest.toString('base64'),
      ...(once && { IfNoneMatch: '*' }),
    })
    const answer = await client.send(command)
    if (etagSays(digest.toString('hex'), answer, connection.settings.sse) === 'other') throw badDigest()
  })
}

async function compare(
  connection: Connection,
  key: string,
  content: Uint8Array,
): Promise<'same' | 'other' | 'missing'> {
  const stream = await readObject(connection, key, 0)
  if (!stream) return 'missing'
  let at = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const ours = content.subarray(at, at + chunk.length)
    if (ours.length !== chunk.length || Buffer.compare(chunk, ours) !== 0) return 'other'
    at += chunk.length
  }
  return at === content.length ? 'same' : 'other'
}

function refused({ address }: Connection, key: string): Failure {
  return new Failure('store/object-exists', `${address}/${key} already exists with other content`, {
    hint: 'Nothing was overwritten. Another run may have written the object. List the backups and compare.',
  })
}
