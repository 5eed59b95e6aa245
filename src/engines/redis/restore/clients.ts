// Who is connected to a target, as CLIENT LIST tells, and what of BullMQ's they may be.
import type { QueueFingerprint } from '../../../domain/redis/redis-fingerprint.ts'
import { fieldsOfClient } from '../connection/info.ts'

/** A connection that may take jobs, or add some. */
export interface ConnectedClient {
  /** Its worker's queue: `bull:mail`; undefined for a connection that does not say. */
  readonly workerOf: string | undefined
  /** Without the port: `10.0.0.5`. */
  readonly host: string
  readonly database: number
  /** `name shop-web`, `ioredis 5.8.2`, `user shop`, `last command evalsha`. */
  readonly traits: readonly string[]
}

type QueueKey = Pick<QueueFingerprint, 'prefix' | 'name'>

/**
 * Connections of replicas, of Sentinels, of listeners to events and our own are left out. `names`: BullMQ's name of a
 * worker -> queue.
 */
export function clientsIn(list: string, names: ReadonlyMap<string, string>): ConnectedClient[] {
  return list
    .split('\n')
    .filter((line) => line.startsWith('id='))
    .map(fieldsOfClient)
    .filter((client) => isOther(client, names))
    .map((client) => ({
      workerOf: names.get(workerName(client.name ?? '')),
      host: (client.addr ?? '').replace(/:\d+$/, ''),
      database: Number(client.db ?? 0),
      traits: traitsOf(client),
    }))
}

type Fields = ReturnType<typeof fieldsOfClient>

const events = ':qe'

function isOther({ name = '', flags = 'N', cmd = '' }: Fields, names: ReadonlyMap<string, string>): boolean {
  if (/[SMO]/.test(flags) || /^client(\||$)/i.test(cmd) || name.startsWith('sentinel-')) return false
  return !(name.endsWith(events) && names.has(name.slice(0, -events.length)))
}

/** Without the name that the application gave to the worker. */
function workerName(name: string): string {
  return name.replace(/:w:.*$/, '')
}

function traitsOf(client: Fields): string[] {
  const { name, user, cmd, 'lib-name': library, 'lib-ver': version } = client
  return [
    ...(name ? [`name ${name}`] : []),
    ...(library ? [`${library} ${version ?? ''}`.trim()] : []),
    ...(user && user !== 'default' ? [`user ${user}`] : []),
    ...(cmd && cmd !== 'NULL' ? [`last command ${cmd}`] : []),
  ]
}

/** As BullMQ's workers name their connections. */
export function nameOfWorker({ prefix, name }: QueueKey): string {
  return `${prefix}:${Buffer.from(name).toString('base64')}`
}
