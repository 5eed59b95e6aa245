// What one server says of itself, as far as our user may ask.
import { fieldsIn, type Info } from '../connection/info.ts'
import {
  missingRules,
  queueRestoreCommands,
  queueScanCommands,
  restoreCommands,
  scanCommands,
} from '../connection/permissions.ts'
import { askForList, askForText, type TextReply, timeIn } from '../connection/replies.ts'
import { InvalidReply } from '../connection/resp.ts'

/** How we reach a server. */
interface NodeAsked {
  /** `cache.example.com:6379`. */
  readonly display: string
  readonly host: string
  readonly tls: boolean
  readonly askText: (...command: readonly string[]) => Promise<TextReply>
  /** Whether a connection without user and password is let in; undefined where that cannot be told. */
  entersAnonymously(): Promise<boolean | undefined>
}

export interface NodeFacts {
  readonly display: string
  readonly host: string
  readonly tls: boolean
  /** Undefined where INFO is not allowed. */
  readonly info: Info | undefined
  /** Seconds since 1970, by the server's own clock; undefined where it does not tell. */
  readonly now: number | undefined
  /** Setting -> value, of those below; undefined where CONFIG is not allowed, as in many a managed service. */
  readonly config: Readonly<Record<string, string>> | undefined
  readonly anonymous: boolean | undefined
  readonly backup: BackupRights
  readonly queues: QueuesSeen
}

interface BackupRights {
  /** Our name; undefined before Redis 6, or where we may not ask. */
  readonly user: string | undefined
  /** Whether the replication protocol is open to us; undefined where the server does not say. */
  readonly replication: boolean | undefined
  /** ACL rules that our user lacks for a backup by `scan`, and for a restore; undefined if the server does not say. */
  readonly missing?: { readonly scan: readonly string[]; readonly restore: readonly string[] } | undefined
}

interface QueuesSeen {
  /** `bull:mail`. Undefined where SCAN is not allowed. */
  readonly names: readonly string[] | undefined
  /** Whether every key was looked at. */
  readonly whole: boolean
}

const settings = [
  ...['save', 'appendonly', 'appendfsync', 'stop-writes-on-bgsave-error', 'maxmemory', 'maxmemory-policy'],
  ...['min-replicas-to-write', 'protected-mode', 'bind', 'repl-diskless-sync', 'repl-diskless-sync-delay'],
]

export async function factsOf(node: NodeAsked): Promise<NodeFacts> {
  const { display, host, tls } = node
  const info = await allowed(async () => fieldsIn(await askForText(node, 'INFO')))
  const config = await allowed(() => configOf(node))
  const now = await allowed(async () => Math.floor(timeIn(await node.askText('TIME')) / 1000))
  const queues = (await allowed(() => queuesOf(node, info))) ?? { names: undefined, whole: false }
  return {
    ...{ display, host, tls, info, now, config, queues },
    backup: { ...(await rightsOf(node)), missing: await missingOf(node, queues.names?.length !== 0) },
    anonymous: await node.entersAnonymously(),
  }
}

/** The answer; undefined where the server refuses to give it. A lost connection is thrown. */
async function allowed<T>(question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question()
  } catch (error) {
    if ((error as Error).name === 'ReplyError') return undefined
    throw error
  }
}

/** Older servers give one setting at a time. */
async function configOf(node: NodeAsked): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of settings) {
    const [, value] = await askForList(node, 'CONFIG', 'GET', name)
    if (typeof value === 'string') found[name] = value
  }
  return found
}

async function rightsOf(node: NodeAsked): Promise<BackupRights> {
  const user = await allowed(() => askForText(node, 'ACL', 'WHOAMI'))
  const described = await allowed(() => askForList(node, 'COMMAND', 'INFO', 'psync'))
  if (described && !described[0]) return { user, replication: false }
  if (user === undefined) return { user, replication: undefined }
  const tried = await allowed(() => askForText(node, 'ACL', 'DRYRUN', user, 'PSYNC', '?', '-1'))
  if (tried !== undefined) return { user, replication: tried === 'OK' }
  return { user, replication: undefined }
}

async function missingOf(node: NodeAsked, withQueues: boolean): Promise<BackupRights['missing']> {
  const user = await allowed(() => askForText(node, 'ACL', 'WHOAMI'))
  if (user === undefined) return undefined
  const scan = await missingRules(node, user, [...scanCommands, ...(withQueues ? queueScanCommands : [])])
  const restore = await missingRules(node, user, [...restoreCommands, ...(withQueues ? queueRestoreCommands : [])])
  return scan && restore && { scan, restore }
}

const keysPerStep = '1000'
const stepsAtMost = 20

/** Queues of BullMQ by their `meta` hashes, among the first thousands of keys of each database. */
async function queuesOf(node: NodeAsked, info: Info | undefined): Promise<QueuesSeen> {
  const databases = Object.keys(info ?? { db0: '' }).flatMap((name) => /^db(\d+)$/.exec(name)?.[1] ?? [])
  const names: string[] = []
  let whole = true
  for (const database of databases) {
    if (databases.length > 1 || database !== '0') await node.askText('SELECT', database)
    const found = await metasOf(node)
    whole &&= found.whole
    for (const key of found.keys) {
      if (await isQueue(node, key))
        names.push(`${key.slice(0, -':meta'.length)}${database === '0' ? '' : ` (database ${database})`}`)
    }
  }
  return { names: names.sort(), whole }
}

async function metasOf(node: NodeAsked): Promise<{ readonly keys: readonly string[]; readonly whole: boolean }> {
  const keys = new Set<string>()
  let cursor = '0'
  for (let step = 0; step < stepsAtMost; step += 1) {
    const [next, page] = await askForList(node, 'SCAN', cursor, 'MATCH', '*:meta', 'COUNT', keysPerStep)
    if (typeof next !== 'string' || !Array.isArray(page)) throw new InvalidReply('SCAN')
    for (const key of page) if (typeof key === 'string') keys.add(key)
    cursor = next
    if (cursor === '0') return { keys: [...keys], whole: true }
  }
  return { keys: [...keys], whole: false }
}

async function isQueue(node: NodeAsked, key: string): Promise<boolean> {
  const fields = await allowed(() => askForList(node, 'HMGET', key, 'version', 'opts.maxLenEvents'))
  return fields?.some((value) => value !== null) ?? false
}
