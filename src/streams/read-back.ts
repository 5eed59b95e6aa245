// Reading stored bytes again, to know that they are what was written.
import { createHash } from 'node:crypto'
import { Failure } from '../domain/failure.ts'
import type { Store } from '../operations/ports.ts'
import { youngGarbage } from './young-garbage.ts'

export interface Expected {
  readonly bytes: number
  readonly sha256: string
}

/** Reads an object to its end and compares. Throws Failure('integrity') naming the file and store. */
export async function readBack(
  store: Store,
  key: string,
  expected: Expected,
  signal: AbortSignal,
  onProgress: (bytes: number) => void = () => {},
): Promise<void> {
  const stream = await store.read(key, { signal })
  if (!stream) throw new Failure('integrity', `${key} is missing in ${store.address}`, { hint: damagedHint })
  const digest = createHash('sha256')
  const collect = youngGarbage()
  let bytes = 0
  for await (const chunk of stream) {
    digest.update(chunk as Uint8Array)
    bytes += (chunk as Uint8Array).length
    onProgress(bytes)
    collect((chunk as Uint8Array).length)
  }
  signal.throwIfAborted()
  judge(key, store.address, { bytes, sha256: digest.digest('hex') }, expected)
}

export const damagedHint =
  'Do not restore from it. Take the copy in another store (`resguardo upload --from THAT --to THIS` repairs this one) or an older backup.'

/** Throws Failure('integrity') unless both are the same. */
export function judge(key: string, where: string, actual: Expected, expected: Expected): void {
  if (actual.bytes !== expected.bytes) {
    throw new Failure('integrity', `${key} in ${where} has ${actual.bytes} bytes, not ${expected.bytes}`, { hint: damagedHint })
  }
  if (actual.sha256 !== expected.sha256) {
    throw new Failure('integrity', `${key} in ${where} is damaged: its SHA-256 is ${actual.sha256}, not ${expected.sha256}`, {
      hint: damagedHint,
    })
  }
}
