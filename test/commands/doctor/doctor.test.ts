import { expect, test } from 'vitest'
import type { World } from '../../../src/commands/command.ts'
import { doctor } from '../../../src/commands/doctor/doctor.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import type { ExamineRequest, RedisAddress } from '../../../src/ports/redis.ts'
import { lists } from '../../support/lists.ts'

function given(texts: Record<string, string>) {
  return parseInputs(doctor.inputs, (name) =>
    texts[name] === undefined ? undefined : { text: texts[name], from: name },
  )
}

test('without a Redis address, an error names the flag and the variable', () => {
  expect(doctor.check?.(given({}), lists)).toEqual([
    '--redis-url is missing; set REDIS_URL to redis://user:password@host:6379',
  ])
  expect(doctor.check?.(given({ 'redis-host': 'cache' }), lists)).toEqual([])
})

test('the maximum age is passed on, and the output shows only host and port of the URL', async () => {
  const asked: [RedisAddress, ExamineRequest][] = []
  const world = {
    signal: new AbortController().signal,
    examineRedis: async (address: RedisAddress, request: ExamineRequest) => {
      asked.push([address, request])
      return []
    },
  }
  const outcome = await doctor.run(
    given({ 'redis-url': 'redis://app:hunter2@cache:6380/1', 'max-age': '1h' }),
    world as unknown as World,
  )
  expect(asked).toEqual([[{ url: 'redis://app:hunter2@cache:6380/1' }, { maxAge: 3600, signal: world.signal }]])
  expect(JSON.stringify(outcome)).not.toContain('hunter2')
  expect(outcome.document).toMatchObject({ redis: 'cache:6380', verdict: 'good', findings: [] })
})

test('the default port is shown if none is given, and with Sentinel only the name of the master', async () => {
  const world = { signal: new AbortController().signal, examineRedis: async () => [] } as unknown as World
  const shown = async (texts: Record<string, string>) => (await doctor.run(given(texts), world)).document
  expect(await shown({ 'redis-url': 'redis://cache' })).toMatchObject({ redis: 'cache:6379' })
  expect(await shown({ 'redis-url': 'redis://mymaster', 'redis-sentinel': 's1:26379' })).toMatchObject({
    redis: 'mymaster',
  })
})
