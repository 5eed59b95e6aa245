// Reads the facts about one server that the user may read.
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

/** A server, and how to send commands to it. */
interface NodeAsked {
  /** `cache.example.com:6379`. */
  readonly display: string
  readonly host: string
  readonly tls: boolean
  readonly askText: (...command: readonly string[]) => Promise<TextReply>
  /** Whether the server accepts a connection without user and password; undefined if unknown. */
  entersAnonymously(): Promise<boolean | undefined>
}

export interface NodeFacts {
  readonly display: string
  readonly host: string
  readonly tls: boolean
  /** Undefined if INFO is not permitted. */
  readonly info: Info | undefined
  /** Seconds since 1970 by the server's clock; undefined if TIME is not permitted. */
  readonly now: number | undefined
  /** Values by name, of `settings` below; undefined if CONFIG is not permitted, as in many managed services. */
  readonly config: Readonly<Record<string, string>> | undefined
  readonly anonymous: boolean | undefined
  readonly backup: BackupRights
  readonly queues: QueuesSeen
}

interface BackupRights {
  /** Name of the user; undefined before Redis 6, or if ACL WHOAMI is not permitted. */
  readonly user: string | undefined
  /** Whether the user may use the replication protocol; undefined if the server does not report it. */
  readonly replication: boolean | undefined
  /**
   * ACL rules that the user lacks for a backup by `scan`, and for a restore; undefined if the server does not report
   * them.
   */
  readonly missing?: { readonly scan: readonly string[]; readonly restore: readonly string[] } | undefined
}

interface QueuesSeen {
  /** Such as `bull:mail`; undefined if SCAN is not permitted. */
  readonly names: readonly string[] | undefined
  /** Whether all keys were scanned. */
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

/** The reply; undefined for an error reply. Throws if the connection is lost. */
async function allowed<T>(question: () => Promise<T>): Promise<T | undefined> {
  try {
    return await question()
  } catch (error) {
    if ((error as Error).name === 'ReplyError') return undefined
    throw error
  }
}

/** Older servers return one setting at a time. */
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

/** Finds queues of BullMQ by their `meta` hashes, in the first `stepsAtMost` pages of keys of each database. */
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
