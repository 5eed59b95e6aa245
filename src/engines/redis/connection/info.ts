// Reads and parses INFO, CLIENT LIST and CONFIG GET.
import type { RedisProgram } from '../../../domain/redis/products.ts'
import type { RedisNode } from './address.ts'
import type { CommandConnection } from './connect.ts'
import { isForbidden } from './errors.ts'
import { askForList, askForText, type TextReply } from './replies.ts'

/** Values by field, of all sections. */
export type Info = Readonly<Record<string, string | undefined>>

/** Empty if INFO is not permitted. */
export async function infoOf(connection: CommandConnection, section?: string): Promise<Info> {
  const text = await askForText(connection, 'INFO', ...(section ? [section] : [])).catch((error) => {
    if (isForbidden(error)) return ''
    throw error
  })
  return fieldsIn(text)
}

/** Parses `name:value` lines. */
export function fieldsIn(text: string): Info {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':') && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

/** Besides its own version, Valkey reports Redis 7.2.4. */
export function programOf(info: Info): RedisProgram {
  const valkey = info.valkey_version ?? (info.server_name === 'valkey' ? info.redis_version : undefined)
  return valkey === undefined
    ? { product: 'redis', version: info.redis_version ?? '' }
    : { product: 'valkey', version: valkey }
}

/** Parses `k=v,k=v`, as in `db0` and `slave0`. */
function pairsIn(value: string): Info {
  return Object.fromEntries(
    value.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

/** Parses a line of CLIENT LIST: `id=3 addr=10.0.0.5:40312 name= db=0 cmd=get`. */
export function fieldsOfClient(line: string): Info {
  return Object.fromEntries(
    line
      .trim()
      .split(' ')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

/** Number of keys of each database. */
export function keysIn(info: Info): { database: number; keys: number }[] {
  return Object.entries(info).flatMap(([name, value = '']) => {
    const number = /^db(\d+)$/.exec(name)?.[1]
    return number === undefined ? [] : [{ database: Number(number), keys: Number(pairsIn(value).keys ?? 0) }]
  })
}

const secondsBehind = 10

/**
 * Replicas that are in sync according to the INFO of their master. Entries without a port are omitted: they are clients
 * that copy the data.
 */
export function replicasIn(info: Info): RedisNode[] {
  return Object.entries(info).flatMap(([name, value = '']) => {
    if (!/^slave\d+$/.test(name)) return []
    const { ip, port, state, lag } = pairsIn(value)
    const inStep = state === 'online' && Number(lag ?? 0) <= secondsBehind
    return inStep && ip && Number(port) > 0 ? [{ host: ip, port: Number(port) }] : []
  })
}

/** Value of a setting; undefined if CONFIG is not permitted, as in many managed services. */
export async function configOf(connection: CommandConnection, name: string): Promise<string | undefined> {
  const answer = await askForList(connection, 'CONFIG', 'GET', name).catch((error): TextReply[] => {
    if ((error as Error).name === 'ReplyError') return []
    throw error
  })
  return typeof answer[1] === 'string' ? answer[1] : undefined
}
