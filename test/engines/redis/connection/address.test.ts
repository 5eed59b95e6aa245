import { describe, expect, test } from 'vitest'
import { parseRedisAddress } from '../../../../src/engines/redis/connection/address.ts'

const parse = (url: string) => parseRedisAddress({ url })

describe('the address of a Redis', () => {
  test('has host, port, user, password, database and TLS', () => {
    expect(parse('rediss://backup:p%40ss%2Fword%25@Cache.Example.com:6380/3')).toEqual({
      ...{ host: 'cache.example.com', port: 6380, user: 'backup', password: 'p@ss/word%', database: 3, tls: true },
      ...{ tlsCa: undefined, sentinels: [], sentinelPassword: undefined, display: 'cache.example.com:6380' },
    })
  })

  test('may leave out everything but the host', () => {
    expect(parse('redis://cache')).toMatchObject({
      host: 'cache',
      port: 6379,
      user: undefined,
      password: undefined,
      database: 0,
      tls: false,
    })
    expect(parse('redis://:only@cache/')).toMatchObject({ user: undefined, password: 'only', database: 0 })
    expect(parse('redis://cache?db=4').database).toBe(4)
  })

  test('may be an address of IPv6', () => {
    expect(parse('redis://[2001:db8::1]:7000')).toMatchObject({
      host: '2001:db8::1',
      port: 7000,
      display: '[2001:db8::1]:7000',
    })
  })

  test('is the name of a master where there are Sentinels', () => {
    const parsed = parseRedisAddress({
      url: 'redis://:p@mymaster/1',
      sentinels: ['s1.example.com:26379', '[::1]:26380'],
      sentinelPassword: 'g',
    })
    expect(parsed).toMatchObject({ display: 'mymaster', host: 'mymaster', sentinelPassword: 'g' })
    expect(parsed.sentinels).toEqual([
      { host: 's1.example.com', port: 26379 },
      { host: '::1', port: 26380 },
    ])
  })

  test.each([
    'https://cache',
    'cache:6379',
    'unix:///run/redis.sock',
    'redis-sentinel://s1',
    'redis://',
    'redis://:sec@ret@cache',
    'redis://:sec/ret@cache',
    'redis://:sec#ret@cache',
    'redis://:secret%@cache',
    'redis://:secret@cache/queue',
    'redis://:secret@cache:99999',
  ])('%s is refused with a hint, and never repeated', (url) => {
    expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'redis/invalid-url', hint: expect.any(String) }))
    expect(() => parse(url)).not.toThrow(/sec.?ret/)
  })

  test('refuses a Sentinel without a port', () => {
    expect(() => parseRedisAddress({ url: 'redis://mymaster', sentinels: ['s1'] })).toThrow(
      expect.objectContaining({
        code: 'redis/invalid-url',
        message: expect.stringContaining('"s1" is not HOST:PORT'),
      }),
    )
  })
})
