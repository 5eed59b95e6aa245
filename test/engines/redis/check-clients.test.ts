import { expect, test } from 'vitest'
import { checkClients } from '../../../src/engines/redis/restore/check-clients.ts'
import { nameOfWorker } from '../../../src/engines/redis/restore/clients.ts'
import type { PreflightContext } from '../../../src/engines/redis/restore/preflight-context.ts'
import type { RedisMode } from '../../../src/ports/redis.ts'

const mail = { database: 0, prefix: 'bull', name: 'mail', paused: false, states: {} }
const list = [`name=${nameOfWorker(mail)} flags=b cmd=bzpopmin`, 'name=shop-web flags=N cmd=evalsha']
  .map((fields) => `id=3 addr=10.0.0.5:40312 db=0 ${fields}`)
  .join('\n')

function stepsOf(mode: RedisMode, resumeQueues = false) {
  const preflight = { request: { mode, resumeQueues }, each: [{ connection: { askText: async () => list } }] }
  return checkClients(preflight as unknown as PreflightContext, [mail])
}

test.each<RedisMode>(['replace', 'flush-first'])('%s warns that jobs of existing queues are removed', async (mode) => {
  expect(await stepsOf(mode)).toMatchObject([
    { title: 'Workers are connected: 1 of bull:mail', detail: expect.stringContaining('running jobs are lost') },
    {
      title: 'Producers may be connected: 1 from 10.0.0.5 (name shop-web, last command evalsha)',
      detail: expect.stringContaining('removes jobs'),
    },
  ])
})

test('merge warns that existing queues are kept, because it removes no jobs', async () => {
  const details = (await stepsOf('merge')).map(({ detail }) => detail)
  expect(details).toEqual([
    'Queues that exist are kept and not paused; all others are restored paused',
    'A queue that they add jobs to before it is restored is kept instead: stop the producers first',
  ])
})

test('resumed queues give their jobs to connected workers, whatever the mode', async () => {
  expect((await stepsOf('merge', true))[0]?.detail).toBe('They take jobs as soon as the queue is complete')
})
