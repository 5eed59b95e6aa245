// What a store contains: keys, leftovers and the bytes of objects.
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Store } from '../../src/ports/common.ts'

/** Everything that an iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** All bytes of an object. Throws if there is none. */
export async function readAll(store: Store, key: string, offset?: number): Promise<Buffer> {
  const stream: Readable | undefined = await store.readUnverified(key, offset === undefined ? {} : { offset })
  if (!stream) throw new Error(`${key} is not there`)
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The keys of a listing. */
export async function keysOf(store: Store, prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key)
}

/** The keys of the leftovers below a prefix. */
export async function leftoversOf(store: Store, prefix: string): Promise<string[]> {
  return (await collect(store.leftovers(prefix))).map(({ key }) => key)
}

/** SHA-256 in hex, short enough for the message of a failing test. */
export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
