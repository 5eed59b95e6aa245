// A store in an S3 bucket, AWS's or any compatible one.
import { probeKey } from '../../domain/probes.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { Store } from '../../ports/common.ts'
import type { StoreTools } from '../../ports/store.ts'
import { keySegments } from '../keys.ts'
import { type Connection, connect } from './client.ts'
import { createObject } from './create.ts'
import { listBelow, listObjects } from './listing.ts'
import { encryption, place, storageClass } from './object.ts'
import { firstPartSize } from './parts.ts'
import { readObject } from './reader.ts'
import { type BucketTraits, removeObjects } from './removal.ts'
import { defaultPartsInFlight, type S3Settings } from './settings.ts'
import { abortUpload, openUploads } from './unfinished.ts'
import { S3Writer, uploadMemory } from './writer.ts'

/** An S3 store can also report the memory that an upload needs. */
interface S3Store extends Store {
  /** Bytes of memory that writing an object of about `estimate` bytes takes. */
  describeMemory(estimate?: number): number
}

/**
 * Opens a store below `prefix` in a bucket. The SDK is loaded and connects at the first use. The store retries
 * requests.
 */
export function openS3Store(settings: S3Settings, world: StoreTools): S3Store {
  const connection = connect(settings, world)
  const traits: BucketTraits = {}
  const safe = (key: string) => keySegments(key).join('/')
  return {
    address: connection.address,
    check: (writing) => check(connection, writing),
    openWriter: async (key, { estimate, signal } = {}) => {
      if (estimate !== undefined && estimate > firstPartSize(estimate)) world.note?.(partsText(connection, estimate))
      return new S3Writer(connection, safe(key), { estimate, signal })
    },
    create: async (key, content) => createObject(connection, safe(key), content),
    readUnverified: async (key, { offset, signal } = {}) => readObject(connection, safe(key), offset ?? 0, signal),
    list: (prefix, { below } = {}) => (below ? listBelow(connection, prefix, below) : listObjects(connection, prefix)),
    remove: (keys) => removeObjects(connection, traits, keys),
    leftovers: (prefix) => openUploads(connection, prefix),
    now: () => storeTime(connection),
    describeMemory: (estimate) => uploadMemory(settings.maxPartsInFlight, estimate),
  }
}

function partsText(
  { address, settings: { maxPartsInFlight: parts = defaultPartsInFlight } }: Connection,
  estimate: number,
): string {
  const memory = formatBytes(uploadMemory(parts, estimate))
  return `Uploading to ${address} in parts of ${formatBytes(firstPartSize(estimate))}, ${parts} in flight: ${memory} of memory`
}

/** Fewer attempts than for other requests, so that a wrong address fails soon. */
const checkAttempts = 3

async function check(connection: Connection, writing: boolean): Promise<void> {
  const { Bucket, Key: Prefix } = place(connection, '')
  const doing = `use ${connection.address}`
  const options = { attempts: checkAttempts }
  await connection.ask(
    doing,
    (client, sdk) => client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 })),
    options,
  )
  if (!writing) return
  // Beginning and aborting an upload tests the right to write, the storage class and the encryption key, and leaves
  // nothing.
  const input = { ...place(connection, probeKey), ...encryption(connection), ...storageClass(connection) }
  await connection.ask(
    `write to ${connection.address}`,
    async (client, sdk) => {
      const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(input))
      if (UploadId !== undefined) await abortUpload(connection, probeKey, UploadId, { attempts: 1 })
    },
    options,
  )
}

/** The Date header of an answer; the local time if there is none. */
async function storeTime(connection: Connection): Promise<Date> {
  const { Bucket, Key: Prefix } = place(connection, '')
  return connection.ask(`get the time from ${connection.address}`, async (client, sdk) => {
    const command = new sdk.ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 })
    let date: string | undefined
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        date = (result.response as { headers?: Record<string, string> }).headers?.date
        return result
      },
      { step: 'deserialize', name: 'storeTime' },
    )
    await client.send(command)
    const time = new Date(date ?? '')
    return Number.isNaN(time.getTime()) ? connection.clock.now() : time
  })
}
