import { describe, expect, test } from 'vitest'
import { parseInputs } from '../../src/inputs/parse.ts'
import { checkRedisInputs, redisAddressOf, redisInputs } from '../../src/inputs/redis.ts'

function given(texts: Record<string, string | string[]>) {
  return parseInputs(redisInputs, (name) => (texts[name] === undefined ? undefined : { text: texts[name], from: name }))
}

function address(texts: Record<string, string | string[]>) {
  const values = given(texts)
  expect(checkRedisInputs(values)).toEqual([])
  return redisAddressOf(values)
}

function problems(texts: Record<string, string | string[]>): string[] {
  return checkRedisInputs(given(texts))
}

test('without a URL and a host, there is no address', () => {
  expect(address({})).toBeUndefined()
})

test('a URL is used unchanged', () => {
  expect(address({ 'redis-url': 'rediss://app:a%40b@cache.example.com:6380/2' })).toEqual({
    url: 'rediss://app:a%40b@cache.example.com:6380/2',
  })
})

describe('the URL for a host', () => {
  test.each([
    [{ 'redis-host': 'cache' }, 'redis://cache:6379'],
    [{ 'redis-host': 'cache', 'redis-port': '6380' }, 'redis://cache:6380'],
    [{ 'redis-host': '::1' }, 'redis://[::1]:6379'],
    [{ 'redis-host': '[2001:db8:0:0::1]', 'redis-port': '7000' }, 'redis://[2001:db8::1]:7000'],
    [{ 'redis-host': 'cache', 'redis-cacert': '/ca.pem' }, 'rediss://cache:6379'],
    [{ 'redis-host': 'cache', 'redis-cert': '/c.pem', 'redis-key': '/k.pem' }, 'rediss://cache:6379'],
  ])('%o gives the URL %s', (texts, url) => {
    expect(address(texts)?.url).toBe(url)
  })
})

test.each(['p@ss/w:rd', '100%25', '%41', 'a?b#c d', 'ñandú'])(
  'the password %s is encoded in the URL without loss',
  (password) => {
    const { url = '' } = address({ 'redis-host': 'cache', 'redis-password': password }) ?? {}
    expect(decodeURIComponent(new URL(url).password)).toBe(password)
    expect(new URL(url).host).toBe('cache:6379')
  },
)

test('a separate password is added to a URL without a password', () => {
  expect(address({ 'redis-url': 'redis://app@cache:6379', 'redis-password': 'x' })?.url).toBe(
    'redis://app:x@cache:6379',
  )
})

test('the address includes the Sentinels, the CA and the client certificate', () => {
  expect(
    address({
      'redis-url': 'rediss://:x@mymaster',
      'redis-sentinel': 's1:26379\n[::1]:26380',
      'redis-sentinel-password': 'y',
      'redis-cacert': '/ca.pem',
      'redis-cert': '/c.pem',
      'redis-key': '/k.pem',
    }),
  ).toEqual({
    ...{ url: 'rediss://:x@mymaster', sentinels: ['s1:26379', '[::1]:26380'], sentinelPassword: 'y' },
    ...{ tlsCa: '/ca.pem', tlsCert: '/c.pem', tlsKey: '/k.pem' },
  })
})

test('a URL, host, port and password with equal values do not conflict', () => {
  expect(
    problems({ 'redis-url': 'redis://:x@cache', 'redis-host': 'cache', 'redis-port': '6379', 'redis-password': 'x' }),
  ).toEqual([])
})

describe('invalid Redis inputs', () => {
  test.each([
    [{ 'redis-url': 'hunter2' }, /^--redis-url: not a URL such as/],
    [{ 'redis-url': 'postgres://hunter2@db' }, /^--redis-url: not a URL such as/],
    [{ 'redis-url': 'redis://' }, /^--redis-url: not a URL such as/],
    [{ 'redis-url': 'redis://:hunter2@cache', 'redis-host': 'other' }, /different hosts/],
    [{ 'redis-url': 'redis://:hunter2@cache', 'redis-port': '1' }, /different ports/],
    [{ 'redis-url': 'redis://:hunter2@cache', 'redis-password': 'hunter2x' }, /differs from --redis-password/],
    [{ 'redis-url': 'redis://:hunter2@cache', 'redis-cacert': '/ca.pem' }, /begins with rediss:/],
    [{ 'redis-url': 'redis://cache', 'redis-cert': '/c.pem', 'redis-key': 'hunter2' }, /begins with rediss:/],
    [{ 'redis-url': 'rediss://cache', 'redis-key': 'hunter2' }, /must be given together/],
    [{ 'redis-host': 'cache', 'redis-cert': 'hunter2' }, /must be given together/],
    [{ 'redis-host': 'cache:6379' }, /give the port with --redis-port/],
    [{ 'redis-host': 'user@cache' }, /is not a host name or address/],
    [{ 'redis-host': 'cache/0' }, /is not a host name or address/],
    [{ 'redis-port': '6379' }, /needs --redis-host/],
    [{ 'redis-sentinel': 's1:26379' }, /needs the master's name/],
    [{ 'redis-url': 'redis://mymaster', 'redis-sentinel': 's1' }, /"s1" is not HOST:PORT/],
    [{ 'redis-url': 'redis://mymaster', 'redis-sentinel': 's1:70000' }, /is not HOST:PORT/],
    [{ 'redis-url': 'redis://s1:26379', 'redis-sentinel': 's1:26379' }, /master's name, such as mymaster/],
    [{ 'redis-url': 'redis://cache', 'redis-sentinel-password': 'hunter2' }, /needs --redis-sentinel/],
  ])('%o is refused without printing a secret', (texts, sentence) => {
    const found = problems(texts)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(sentence)
    expect(found.join()).not.toContain('hunter2')
  })
})
