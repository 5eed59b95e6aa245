// Parses the URL of a Redis server and the addresses of its Sentinels.
import { isIP } from 'node:net'
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisAddress } from '../../../ports/redis.ts'

/** One server. */
export interface RedisNode {
  /** Without the brackets of IPv6. */
  readonly host: string
  readonly port: number
}

/** Credentials and TLS settings of a server. Contains a password, so it must never be shown. */
export interface RedisAccess {
  readonly user: string | undefined
  readonly password: string | undefined
  readonly tls: boolean
  /** PEM text or path; undefined: the default certificate authorities. */
  readonly tlsCa?: string | undefined
  /** Client certificate and its key: PEM text or path, both or neither. */
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
}

/** A parsed address. Contains passwords: only `display` may be shown. */
export interface ParsedRedis extends RedisAccess, RedisNode {
  /** Database number in the URL; 0 if it contains none. */
  readonly database: number
  /** If empty, `host` is a server; otherwise `host` is the name of the master. */
  readonly sentinels: readonly RedisNode[]
  readonly sentinelPassword: string | undefined
  /** `cache.example.com:6379`; with Sentinel the master's name. */
  readonly display: string
}

const urlHint =
  'Give REDIS_URL as redis://user:password@host:6379/0 (rediss:// for TLS); without a user: redis://:password@host. Percent-encode special characters.'

const encodeHint = 'In user and password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A and % as %25.'

/** Throws a failure of kind usage. Its message never contains the URL, which includes a password. */
export function parseRedisAddress(address: RedisAddress): ParsedRedis {
  const url = urlOf(address.url)
  const host = bare(url.hostname)
  const port = url.port === '' ? 6379 : Number(url.port)
  const sentinels = (address.sentinels ?? []).map(sentinelOf)
  return {
    ...{ host, port, sentinels },
    user: decoded(url.username),
    password: decoded(url.password),
    tls: url.protocol === 'rediss:',
    ...{ tlsCa: address.tlsCa, tlsCert: address.tlsCert, tlsKey: address.tlsKey },
    database: databaseOf(url),
    sentinelPassword: address.sentinelPassword,
    display: sentinels.length > 0 ? host : displayNode({ host, port }),
  }
}

/** `cache.example.com:6379`, `[::1]:6379`. */
export function displayNode({ host, port }: RedisNode): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

function urlOf(text: string): URL {
  if (/^(unix|redis\+unix|redis-socket|redis-sentinel|redis\+sentinel):/i.test(text)) {
    throw new Failure('redis/invalid-url', 'the Redis URL must begin with redis:// or rediss://', {
      hint: 'For Sentinel, give redis://:password@mymaster (the name of the master), and its address with --redis-sentinel HOST:PORT. Unix sockets are not supported.',
    })
  }
  if (!/^rediss?:\/\//i.test(text))
    throw new Failure('redis/invalid-url', 'the Redis URL does not begin with redis:// or rediss://', { hint: urlHint })
  const rest = text.slice(text.indexOf('://') + 3)
  const first = rest.indexOf('@')
  const slash = rest.indexOf('/')
  if (rest.includes('#') || first !== rest.lastIndexOf('@') || (slash >= 0 && first > slash)) {
    throw new Failure('redis/invalid-url', 'the Redis URL has a special character that must be percent-encoded', {
      hint: encodeHint,
    })
  }
  if (!URL.canParse(text)) throw new Failure('redis/invalid-url', 'could not parse the Redis URL', { hint: urlHint })
  const url = new URL(text)
  if (url.hostname === '') throw new Failure('redis/invalid-url', 'the Redis URL has no host', { hint: urlHint })
  if (url.port === '0')
    throw new Failure('redis/invalid-url', 'the port in the Redis URL is not a number from 1 to 65535', {
      hint: urlHint,
    })
  return url
}

function databaseOf({ pathname, searchParams }: URL): number {
  const text = pathname.replace(/^\//, '') || searchParams.get('db') || '0'
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new Failure('redis/invalid-url', 'the path of the Redis URL is not a database number', {
    hint: urlHint,
  })
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Failure('redis/invalid-url', 'user or password in the Redis URL has a % that is not percent-encoded', {
      hint: encodeHint,
    })
  }
}

function sentinelOf(text: string): RedisNode {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^\s:@/[\]]+):(\d{1,5})$/.exec(text) ?? []
  if (host !== '' && Number(port) >= 1 && Number(port) <= 65_535) return { host: bare(host), port: Number(port) }
  throw new Failure('redis/invalid-url', `--redis-sentinel: ${JSON.stringify(text)} is not HOST:PORT`, {
    hint: 'Give an address such as sentinel.example.com:26379. The password of Sentinel is --redis-sentinel-password.',
  })
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}
