// What INFO and CONFIG GET say.
import type { RedisProgram } from '../../../domain/redis/products.ts'
import type { RedisNode } from './address.ts'
import type { CommandConnection } from './connect.ts'
import { isForbidden } from './errors.ts'
import { askForList, askForText, type TextReply } from './replies.ts'

/** Field -> value, of all sections. */
export type Info = Readonly<Record<string, string | undefined>>

/** Empty where INFO is not allowed. */
export async function infoOf(connection: CommandConnection, section?: string): Promise<Info> {
  const text = await askForText(connection, 'INFO', ...(section ? [section] : [])).catch((error) => {
    if (isForbidden(error)) return ''
    throw error
  })
  return fieldsIn(text)
}

/** `name:value` lines. */
export function fieldsIn(text: string): Info {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':') && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

/** Valkey calls itself a Redis 7.2.4, besides its own version. */
export function programOf(info: Info): RedisProgram {
  const valkey = info.valkey_version ?? (info.server_name === 'valkey' ? info.redis_version : undefined)
  return valkey === undefined
    ? { product: 'redis', version: info.redis_version ?? '' }
    : { product: 'valkey', version: valkey }
}

/** `k=v,k=v` as in `db0` and `slave0`. */
function pairsIn(value: string): Info {
  return Object.fromEntries(
    value.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

/** A line of CLIENT LIST: `id=3 addr=10.0.0.5:40312 name= db=0 cmd=get`. */
export function fieldsOfClient(line: string): Info {
  return Object.fromEntries(
    line
      .trim()
      .split(' ')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

/** Keys of each numbered database. */
export function keysIn(info: Info): { database: number; keys: number }[] {
  return Object.entries(info).flatMap(([name, value = '']) => {
    const number = /^db(\d+)$/.exec(name)?.[1]
    return number === undefined ? [] : [{ database: Number(number), keys: Number(pairsIn(value).keys ?? 0) }]
  })
}

const secondsBehind = 10

/**
 * The replicas of a master that are in step, as its INFO says. Those without a port are none: somebody copies the data.
 */
export function replicasIn(info: Info): RedisNode[] {
  return Object.entries(info).flatMap(([name, value = '']) => {
    if (!/^slave\d+$/.test(name)) return []
    const { ip, port, state, lag } = pairsIn(value)
    const inStep = state === 'online' && Number(lag ?? 0) <= secondsBehind
    return inStep && ip && Number(port) > 0 ? [{ host: ip, port: Number(port) }] : []
  })
}

/** A setting; undefined where CONFIG is not allowed, as in many a managed service. */
export async function configOf(connection: CommandConnection, name: string): Promise<string | undefined> {
  const answer = await askForList(connection, 'CONFIG', 'GET', name).catch((error): TextReply[] => {
    if ((error as Error).name === 'ReplyError') return []
    throw error
  })
  return typeof answer[1] === 'string' ? answer[1] : undefined
}
