// An in-memory Store with faults that tests inject.
import { Readable } from 'node:stream'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { Removal, Store, StoredObject, StoreWriter, Written } from '../../src/ports/common.ts'
import { checkPrefix, compareKeys, keySegments } from '../../src/stores/keys.ts'

/** Faults to inject. Counts are per store, start at 1 and match once. */
interface Cues {
  /** The n-th `write` of any writer throws. */
  failWrite?: number
  /** The n-th `finish` throws. */
  failFinish?: number
  /** The n-th `create` throws. */
  failCreate?: number
  /** Every `check` throws. */
  failCheck?: boolean
  /** `list` cannot read a folder: it calls `unreadable`, or throws if there is none. */
  failFolder?: boolean
  /** Reading a key with this suffix fails after half of its bytes. */
  breakRead?: string
  /** The n-th `write` never resolves until the writer is aborted. */
  stallWrite?: number
  /** A key with this suffix is stored with one bit of its middle byte flipped. */
  corrupt?: string
  /** Keys with this suffix are retained until `until`. */
  retain?: { key: string; until: Date | undefined }
}

export interface MemoryStore extends Store {
  /** What is stored: key -> bytes. Tests may change it. */
  readonly objects: Map<string, { content: Buffer; modified: Date }>
  /** Writers that are neither finished nor aborted. */
  readonly unfinished: Set<string>
  cues: Cues
}

interface MemoryStoreOptions extends Cues {
  readonly address?: string
  readonly now?: () => Date
  /** Value that `finish` returns; default: true. */
  readonly digestConfirmed?: boolean
}

/** Creates an empty store. Its faults throw failures with code `s3/unreachable`, like network errors. */
export function memoryStore({
  address = 'memory:',
  now = () => new Date(),
  digestConfirmed = true,
  ...cues
}: MemoryStoreOptions = {}): MemoryStore {
  const counts: Record<string, number> = {}
  const struck = (what: string, cue: number | undefined) => {
    counts[what] = (counts[what] ?? 0) + 1
    return counts[what] === cue
  }
  const fail = (doing: string) =>
    new Failure('s3/unreachable', `cannot ${doing}: the store failed on cue`, { hint: 'This is a test.' })
  const put = (key: string, content: Buffer) => {
    if (store.cues.corrupt !== undefined && key.endsWith(store.cues.corrupt)) flip(content)
    store.objects.set(key, { content, modified: now() })
  }

  const store: MemoryStore = {
    address,
    objects: new Map(),
    unfinished: new Set(),
    cues,
    async check() {
      if (store.cues.failCheck) throw fail(`use ${address}`)
    },
    async openWriter(key, { signal } = {}) {
      keySegments(key)
      store.unfinished.add(key)
      return memoryWriter({ key, signal, store, struck, fail, put: (content) => put(key, content), digestConfirmed })
    },
    async create(key, content) {
      keySegments(key)
      if (struck('create', store.cues.failCreate)) throw fail(`write ${key}`)
      const there = store.objects.get(key)
      if (!there) put(key, Buffer.from(content))
      else if (Buffer.compare(there.content, content) !== 0)
        throw new Failure('store/object-exists', `${key} exists already, with other content`)
    },
    async readUnverified(key, { offset = 0, signal } = {}) {
      keySegments(key)
      const content = store.objects.get(key)?.content.subarray(offset)
      if (!content) return undefined
      const breaks = store.cues.breakRead !== undefined && key.endsWith(store.cues.breakRead)
      return Readable.from(pieces(content, breaks ? fail(`read ${key}`) : undefined), {
        objectMode: false,
        ...(signal && { signal }),
      })
    },
    async *list(prefix, { unreadable } = {}) {
      checkPrefix(prefix)
      if (store.cues.failFolder) {
        if (!unreadable) throw fail('list a folder')
        unreadable(fail('list a folder'))
      }
      const keys = [...store.objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys)
      for (const key of keys) {
        const there = store.objects.get(key)
        if (there) yield { key, bytes: there.content.length, modified: there.modified } satisfies StoredObject
      }
    },
    async *remove(keys) {
      for (const key of keys) {
        keySegments(key)
        const { retain } = store.cues
        const held = retain && store.objects.has(key) && key.endsWith(retain.key)
        if (!held) store.objects.delete(key)
        yield (held ? { key, outcome: 'retained', until: retain.until } : { key, outcome: 'removed' }) satisfies Removal
      }
    },
    async *leftovers(prefix) {
      checkPrefix(prefix)
      for (const key of [...store.unfinished].filter((each) => each.startsWith(prefix))) {
        yield { key, started: now(), remove: async () => void store.unfinished.delete(key) }
      }
    },
    now: async () => now(),
  }
  return store
}

interface WriterParts {
  readonly key: string
  readonly signal: AbortSignal | undefined
  readonly store: MemoryStore
  readonly digestConfirmed: boolean
  struck(what: string, cue: number | undefined): boolean
  fail(doing: string): Failure
  put(content: Buffer): void
}

function memoryWriter({ key, signal, store, digestConfirmed, struck, fail, put }: WriterParts): StoreWriter {
  const chunks: Uint8Array[] = []
  const aborted = new AbortController()
  const ends = signal ? AbortSignal.any([signal, aborted.signal]) : aborted.signal
  return {
    async write(chunk) {
      ends.throwIfAborted()
      if (struck('write', store.cues.failWrite)) throw fail(`write ${key}`)
      if (struck('stall', store.cues.stallWrite))
        await new Promise((_, reject) => ends.addEventListener('abort', () => reject(ends.reason)))
      chunks.push(Buffer.from(chunk))
    },
    async finish(): Promise<Written> {
      ends.throwIfAborted()
      if (struck('finish', store.cues.failFinish)) throw fail(`finish ${key}`)
      const content = Buffer.concat(chunks)
      const { length } = content
      put(content)
      store.unfinished.delete(key)
      return { bytes: length, digestConfirmed }
    },
    async abort() {
      aborted.abort(fail(`write ${key}`))
      store.unfinished.delete(key)
    },
  }
}

async function* pieces(content: Buffer, breaks: Failure | undefined): AsyncGenerator<Buffer> {
  const end = breaks ? Math.floor(content.length / 2) : content.length
  for (let at = 0; at < end; at += 65_536) yield content.subarray(at, Math.min(end, at + 65_536))
  if (breaks) throw breaks
}

function flip(content: Buffer): void {
  const middle = Math.floor(content.length / 2)
  if (content.length > 0) content[middle] = (content[middle] ?? 0) ^ 1
}
