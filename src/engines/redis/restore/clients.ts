// Parses CLIENT LIST of a target: which connections may be workers or producers of BullMQ.
import type { QueueFingerprint } from '../../../domain/redis/redis-fingerprint.ts'
import { fieldsOfClient } from '../connection/info.ts'

/** A connection that may take or add jobs. */
export interface ConnectedClient {
  /** Queue of its worker, such as `bull:mail`; undefined if the connection is not named as a worker. */
  readonly workerOf: string | undefined
  /** Address without the port: `10.0.0.5`. */
  readonly host: string
  readonly database: number
  /** `name shop-web`, `ioredis 5.8.2`, `user shop`, `last command evalsha`. */
  readonly traits: readonly string[]
}

type QueueKey = Pick<QueueFingerprint, 'prefix' | 'name'>

/**
 * Omits connections of replicas, Sentinels, event listeners, and the one that runs CLIENT LIST. `names`: queues by
 * BullMQ's name of a worker.
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

/** Removes the name that the application gave to the worker. */
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

/** The connection name of BullMQ's workers. */
export function nameOfWorker({ prefix, name }: QueueKey): string {
  return `${prefix}:${Buffer.from(name).toString('base64')}`
}
