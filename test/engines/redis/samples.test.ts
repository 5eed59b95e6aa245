// A value of each type is tried in the target before anything is removed there.
import { describe, expect, test } from 'vitest'
import { connectRaw } from '../../../src/engines/redis/connection/connect.ts'
import { RdbReader } from '../../../src/engines/redis/rdb/reader.ts'
import { type Sample, Samples } from '../../../src/engines/redis/restore/samples.ts'
import { trySamples } from '../../../src/engines/redis/restore/try-samples.ts'
import { moduleId } from '../../support/module-data.ts'
import { type ScriptedAnswer, scriptedRedis } from '../../support/scripted-redis.ts'
import { keyWith, longLength, moduleParts, rdb, str } from './rdb-bytes.ts'

const moduleKey = (type: string, name: string) =>
  keyWith(7, name, Buffer.concat([longLength(moduleId(type)), moduleParts]))

function samplesOf(parts: readonly Buffer[], wanted = (_name: string) => true, chunk = 1 << 20): readonly Sample[] {
  const samples = new Samples(({ key }) => wanted(key.toString()))
  const reader = new RdbReader(samples)
  const bytes = rdb(parts)
  for (let at = 0; at < bytes.length; at += chunk) reader.write(bytes.subarray(at, at + chunk))
  reader.end()
  return samples.found
}

const names = (samples: readonly Sample[]) => samples.map(({ type, key }) => `${type} ${key}`)

describe('samples', () => {
  test('are one of each encoding and of each module', () => {
    const parts = [
      keyWith(0, 'a', str('v')),
      keyWith(0, 'b', str('v')),
      moduleKey('vectorset', 'c'),
      moduleKey('ReJSON-RL', 'd'),
    ]
    expect(names(samplesOf([...parts, moduleKey('vectorset', 'e')]))).toEqual([
      'string a',
      'vectorset c',
      'ReJSON-RL d',
    ])
  })

  test('are of keys that are restored', () => {
    const parts = [keyWith(0, 'a', str('v')), moduleKey('vectorset', 'b')]
    expect(names(samplesOf(parts, (name) => name !== 'b'))).toEqual(['string a'])
  })

  test('are the smallest, of large values', () => {
    const parts = ['x'.repeat(5000), 'x'.repeat(3000), 'x'.repeat(4000), 'x'].map((value, at) =>
      keyWith(0, `k${at}`, str(value)),
    )
    expect(names(samplesOf(parts.slice(0, 3)))).toEqual(['string k1'])
    expect(names(samplesOf(parts))).toEqual(['string k3'])
  })

  test('are never larger than a megabyte', () => {
    expect(samplesOf([keyWith(0, 'a', str('x'.repeat(2 << 20)))])).toEqual([])
  })

  test('are as DUMP has them, whatever the chunks: type, value, version, checksum', () => {
    const [sample] = samplesOf([keyWith(0, 'a', str('value'))], undefined, 1)
    expect(sample?.dump.subarray(0, 9)).toEqual(Buffer.concat([Buffer.of(0), str('value'), Buffer.of(12, 0)]))
    expect(sample?.dump).toHaveLength(17)
  })
})

describe('a target', () => {
  const sample: Sample = { type: 'vectorset', key: Buffer.from('docs'), dump: Buffer.from('dump') }

  async function tried(answer: ScriptedAnswer): Promise<{ result: unknown; asked: readonly string[] }> {
    await using redis = await scriptedRedis((command) => (command.startsWith('RESTORE') ? answer : undefined))
    const connection = await connectRaw(
      { host: '127.0.0.1', port: redis.port },
      { tls: false, user: undefined, password: undefined, tlsCa: undefined },
    )
    const servers = { cluster: false, all: [connection], placeOf: () => 0 }
    const result = await trySamples(servers, [sample]).then(
      () => 'tried',
      (error) => error.code,
    )
    connection.close()
    return { result, asked: redis.asked.map((command) => command.replace(/resguardo-nothing-\S+/, 'name')) }
  }

  test('that reads the value is left as it was', async () => {
    const { asked } = await tried('+OK')
    expect(asked.slice(-2)).toEqual(['RESTORE name 60000 dump REPLACE', 'UNLINK name'])
  })

  test.each([
    ['-ERR Bad data format', 'redis/value-refused'],
    ['-ERR DUMP payload version or checksum are wrong', 'redis/value-refused'],
    ['-ERR no such module', 'redis/value-refused'],
    ['-NOPERM No permissions to access a key', 'tried'],
    ["-OOM command not allowed when used memory > 'maxmemory'.", 'tried'],
  ])('that answers %s: %s', async (answer, result) => {
    expect((await tried(answer)).result).toBe(result)
  })
})
