// The demo's redis-server, with sessions and a BullMQ queue.
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { startRedis } from '../../test/support/redis.ts'

export interface DemoRedis {
  /** `127.0.0.1:41234`. */
  readonly address: string
  readonly url: string
  readonly client: Redis
  /** Queue of e-mails to send. */
  readonly queue: Queue
  stop(): Promise<void>
}

/** Starts the server on a free port, with 200 sessions that expire and 13 jobs, one of them delayed by a day. */
export async function startDemoRedis(): Promise<DemoRedis> {
  const { url, host, port, stop } = await startRedis()
  // BullMQ requires a connection without a limit on retries.
  const client = new Redis({ host, port, maxRetriesPerRequest: null })
  const queue = new Queue('mail', { connection: client })
  for (let n = 1; n <= 200; n += 1) await client.set(`session:${n}`, JSON.stringify({ user: n }), 'EX', 86_400)
  for (let n = 1; n <= 12; n += 1) await queue.add('invoice', { to: `customer-${n}@example.com` })
  await queue.add('reminder', { to: 'customer-1@example.com' }, { delay: 86_400_000 })
  return {
    ...{ address: `${host}:${port}`, url, client, queue },
    async stop() {
      await queue.close()
      client.disconnect()
      await stop()
    },
  }
}
