// Input rows of a Redis server, shared by every command that knows Redis.
import { inputTable, type Values } from './kinds.ts'

const redis = 'Redis'

export const redisInputs = inputTable({
  'redis-url': {
    kind: 'secret',
    summary: 'URL of Redis: redis://user:password@host:6379, rediss:// for TLS; for a cluster, of any node',
    environment: ['REDIS_URL'],
    group: redis,
    placeholder: 'URL',
  },
  'redis-host': {
    kind: 'text',
    summary: 'Host of Redis, instead of a URL',
    environment: ['REDIS_HOST'],
    group: redis,
    placeholder: 'HOST',
  },
  'redis-port': {
    kind: 'count',
    summary: 'Port of redis-host; default: 6379',
    environment: ['REDIS_PORT'],
    least: 1,
    most: 65_535,
    group: redis,
    placeholder: 'PORT',
  },
  'redis-password': {
    kind: 'secret',
    summary: 'Password of Redis, if it is not in the URL',
    environment: ['REDIS_PASSWORD'],
    group: redis,
    placeholder: 'PASSWORD',
  },
  'redis-sentinel': {
    kind: 'lines',
    summary: 'Address of a Sentinel; the host in redis-url is then the name of the master',
    group: redis,
    placeholder: 'HOST:PORT',
  },
  'redis-sentinel-password': {
    kind: 'secret',
    summary: 'Password of the Sentinels, if they have one',
    group: redis,
    placeholder: 'PASSWORD',
  },
  'redis-cacert': {
    kind: 'text',
    summary: 'CA certificate for Redis, as PEM text or path; the connection to redis-host then uses TLS',
    environment: ['REDIS_CACERT'],
    group: redis,
    placeholder: 'PEM',
  },
  'redis-cert': {
    kind: 'text',
    summary: 'Client certificate, as PEM text or path; needs redis-key',
    environment: ['REDIS_CERT'],
    group: redis,
    placeholder: 'PEM',
  },
  'redis-key': {
    kind: 'secret',
    orPath: true,
    summary: 'Private key of the client certificate, not encrypted, as PEM text or path',
    environment: ['REDIS_KEY'],
    group: redis,
    placeholder: 'PEM',
  },
})

export type RedisInputs = Values<typeof redisInputs>

/** The address of Redis, in the shape of the port's RedisAddress. */
export interface RedisPlace {
  readonly url: string
  readonly sentinels?: readonly string[]
  readonly sentinelPassword?: string
  readonly tlsCa?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** The address; undefined if neither URL nor host is given. Call it only if `checkRedisInputs` returned no messages. */
export function redisAddressOf(values: RedisInputs): RedisPlace | undefined {
  const url = urlOf(values)
  if (!url) return undefined
  return {
    url: url.href,
    ...(values.redisSentinel.length > 0 && { sentinels: values.redisSentinel }),
    ...(values.redisSentinelPassword !== undefined && { sentinelPassword: values.redisSentinelPassword }),
    ...(values.redisCacert !== undefined && { tlsCa: values.redisCacert }),
    ...(values.redisCert !== undefined && { tlsCert: values.redisCert }),
    ...(values.redisKey !== undefined && { tlsKey: values.redisKey }),
  }
}

/** Returns a message for each violated rule across these inputs. Never contains the URL or a password. */
export function checkRedisInputs(values: RedisInputs): string[] {
  const given = values.redisUrl === undefined ? undefined : parsed(values.redisUrl)
  if (given === 'wrong') return ['--redis-url: not a URL such as redis://user:password@host:6379 (rediss:// for TLS)']
  return [
    ...(given ? contradictions(given, values) : hostProblems(values)),
    ...((values.redisCert === undefined) === (values.redisKey === undefined)
      ? []
      : ['--redis-cert and --redis-key must be given together']),
    ...sentinelProblems(given, values),
  ]
}

/** Whether an input is given that only TLS needs. */
function hasTlsFiles({ redisCacert, redisCert, redisKey }: RedisInputs): boolean {
  return (redisCacert ?? redisCert ?? redisKey) !== undefined
}

function contradictions(url: URL, values: RedisInputs): string[] {
  const { redisHost, redisPort, redisPassword } = values
  const port = Number(url.port || 6379)
  return [
    ...(redisHost === undefined || bare(redisHost) === bare(url.hostname)
      ? []
      : ['--redis-url and --redis-host name different hosts; give only one of them']),
    ...(redisPort === undefined || redisPort === port
      ? []
      : ['--redis-url and --redis-port name different ports; give only one of them']),
    ...(redisPassword === undefined || url.password === '' || decoded(url.password) === redisPassword
      ? []
      : ['the password in --redis-url differs from --redis-password; give only one of them']),
    ...(!hasTlsFiles(values) || url.protocol === 'rediss:'
      ? []
      : [
          '--redis-cacert, --redis-cert and --redis-key need a URL that begins with rediss://, but --redis-url begins with redis://',
        ]),
  ]
}

function hostProblems({ redisHost, redisPort }: RedisInputs): string[] {
  if (redisHost === undefined) return redisPort === undefined ? [] : ['--redis-port needs --redis-host']
  return withHost(new URL('redis://host'), redisHost)
    ? []
    : [`--redis-host: ${JSON.stringify(redisHost)} is not a host name or address; give the port with --redis-port`]
}

function sentinelProblems(given: URL | undefined, values: RedisInputs): string[] {
  const { redisSentinel, redisSentinelPassword, redisHost } = values
  if (redisSentinel.length === 0) {
    return redisSentinelPassword === undefined ? [] : ['--redis-sentinel-password needs --redis-sentinel']
  }
  const places = redisSentinel.map((text) => ({ text, host: sentinelHost(text) }))
  const wrong = places.filter(({ host }) => host === undefined)
  const master = given ? bare(given.hostname) : redisHost
  return [
    ...wrong.map(
      ({ text }) => `--redis-sentinel: ${JSON.stringify(text)} is not HOST:PORT, such as sentinel.example.com:26379`,
    ),
    ...(master === undefined
      ? ["--redis-sentinel needs the master's name as the host in --redis-url: redis://:password@mymaster"]
      : places.some(({ host }) => host === master)
        ? [
            "--redis-sentinel needs the master's name, such as mymaster, as the host in --redis-url, not the address of a Sentinel",
          ]
        : []),
  ]
}

/** The host of `HOST:PORT` without the brackets of IPv6; undefined for any other text. */
function sentinelHost(text: string): string | undefined {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^\s:@/[\]]+):(\d{1,5})$/.exec(text) ?? []
  return host !== '' && Number(port) >= 1 && Number(port) <= 65_535 ? bare(host) : undefined
}

function urlOf(values: RedisInputs): URL | undefined {
  const url = values.redisUrl === undefined ? hostUrl(values) : parsed(values.redisUrl)
  if (!url || url === 'wrong') return undefined
  if (url.password === '' && values.redisPassword !== undefined) url.password = encoded(values.redisPassword)
  return url
}

function hostUrl(values: RedisInputs): URL | undefined {
  const { redisHost, redisPort } = values
  if (redisHost === undefined) return undefined
  const url = withHost(new URL(hasTlsFiles(values) ? 'rediss://host' : 'redis://host'), redisHost)
  if (url) url.port = String(redisPort ?? 6379)
  return url
}

/**
 * The URL with this host; undefined if the text is not only a host: the URL class then ignores it or uses its
 * beginning.
 */
function withHost(url: URL, host: string): URL | undefined {
  const address = host.includes(':')
  url.hostname = address && !host.startsWith('[') ? `[${host}]` : host
  return (address ? url.hostname.startsWith('[') : url.hostname === host) ? url : undefined
}

function parsed(text: string): URL | 'wrong' {
  if (!/^rediss?:\/\//i.test(text) || !URL.canParse(text)) return 'wrong'
  const url = new URL(text)
  return url.hostname === '' ? 'wrong' : url
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}

/** The URL class does not escape `%` in a password, so it must be encoded first. */
function encoded(password: string): string {
  return password.replaceAll('%', '%25')
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
