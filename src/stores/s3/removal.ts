// Removes objects, a thousand per request, except those that Object Lock retains.
import type { _Error, HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import type { Removal } from '../../ports/common.ts'
import { keySegments } from '../keys.ts'
import type { Connection } from './client.ts'
import { httpStatus, s3Code, s3Failure } from './errors.ts'
import { head, place } from './object.ts'

const perRequest = 1000
const headsAtOnce = 8

/** Properties of the bucket, determined once. */
export interface BucketTraits {
  locks?: Promise<boolean>
  oneByOne?: boolean
}

/**
 * Removes objects and yields a result for each, in the given order. In a bucket with Object Lock, each object is
 * checked first: a plain delete of a locked object succeeds but only hides it.
 */
export async function* removeObjects(
  connection: Connection,
  traits: BucketTraits,
  keys: readonly string[],
): AsyncGenerator<Removal> {
  for (const key of keys) keySegments(key)
  for (let at = 0; at < keys.length; at += perRequest) {
    const batch = keys.slice(at, at + perRequest)
    traits.locks ??= hasObjectLock(connection)
    const held = (await traits.locks) ? await findHeld(connection, batch) : new Map<string, Date | undefined>()
    const free = batch.filter((key) => !held.has(key))
    if (free.length > 0) await removeBatch(connection, traits, free)
    for (const key of batch) {
      yield held.has(key) ? { key, outcome: 'retained', until: held.get(key) } : { key, outcome: 'removed' }
    }
  }
}

/**
 * Whether objects of the bucket may be locked. True if the role may not read the setting; false if the store does not
 * support it.
 */
async function hasObjectLock(connection: Connection): Promise<boolean> {
  const { bucket: Bucket } = connection.settings
  const doing = `check whether ${connection.address} has Object Lock`
  try {
    const answer = await connection.attempt(doing, (client, sdk) =>
      client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket })),
    )
    return answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
  } catch (thrown) {
    if (['AccessDenied', 'Forbidden'].includes(s3Code(thrown))) return true
    const status = httpStatus(thrown)
    if (s3Code(thrown) !== 'NoSuchBucket' && status !== undefined && (status < 500 || status === 501)) return false
    throw s3Failure(thrown, doing)
  }
}

async function findHeld(connection: Connection, keys: readonly string[]): Promise<Map<string, Date | undefined>> {
  const held = new Map<string, Date | undefined>()
  const now = connection.clock.now()
  for (let at = 0; at < keys.length; at += headsAtOnce) {
    await Promise.all(
      keys.slice(at, at + headsAtOnce).map(async (key) => {
        const hold = holdOf(await head(connection, key), now)
        if (hold) held.set(key, hold.until)
      }),
    )
  }
  return held
}

function holdOf(there: HeadObjectCommandOutput | undefined, now: Date): { until: Date | undefined } | undefined {
  if (there?.ObjectLockLegalHoldStatus === 'ON') return { until: undefined }
  const until = there?.ObjectLockRetainUntilDate
  return until && until > now ? { until } : undefined
}

async function removeBatch(connection: Connection, traits: BucketTraits, keys: readonly string[]): Promise<void> {
  if (!traits.oneByOne) {
    try {
      return await removeTogether(connection, keys)
    } catch (thrown) {
      if (!['NotImplemented', 'MethodNotAllowed'].includes(s3Code(thrown)) && httpStatus(thrown) !== 501) {
        throw s3Failure(thrown, `remove objects from ${connection.address}`)
      }
      traits.oneByOne = true
    }
  }
  for (const key of keys) {
    await connection.ask(`remove ${connection.address}/${key}`, (client, sdk) =>
      client.send(new sdk.DeleteObjectCommand(place(connection, key))),
    )
  }
}

async function removeTogether(connection: Connection, keys: readonly string[]): Promise<void> {
  const { bucket: Bucket } = connection.settings
  const Objects = keys.map((key) => ({ Key: place(connection, key).Key }))
  await connection.attempt(`remove objects from ${connection.address}`, async (client, sdk) => {
    const { Errors = [] } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    )
    const error = Errors.find(({ Code }) => Code !== 'NoSuchKey')
    if (error) throw perKeyError(error)
  })
}

function perKeyError({ Code = 'Unknown', Key, Message }: _Error): Error {
  return Object.assign(new Error(`${Key}: ${Message ?? Code}`), {
    name: Code,
    $metadata: { httpStatusCode: Code === 'InternalError' ? 500 : 400 },
  })
}
