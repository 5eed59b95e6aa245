// Clients of BullMQ on test servers, and the jobs of queue `mail` there.
import { FlowProducer, type JobsOptions, Queue, Worker } from 'bullmq'
import type { TestRedis } from './redis.ts'

interface BullmqClients {
  queueOn(redis: TestRedis, name?: string): Queue
  flowsOn(redis: TestRedis): FlowProducer
  /** A worker of queue `mail`. */
  workerOn(redis: TestRedis, work: (id: string) => void): Worker
  /** Closes all clients that were opened since the last call. */
  close(): Promise<void>
}

export function bullmqClients(): BullmqClients {
  const open: { close(): Promise<unknown> }[] = []
  const opened = <T extends { close(): Promise<unknown> }>(client: T): T => {
    open.push(client)
    return client
  }
  const connection = ({ port }: TestRedis) => ({ host: '127.0.0.1', port, maxRetriesPerRequest: null })
  return {
    queueOn: (redis, name = 'mail') => opened(new Queue(name, { connection: connection(redis) })),
    flowsOn: (redis) => opened(new FlowProducer({ connection: connection(redis) })),
    workerOn: (redis, work) =>
      opened(new Worker('mail', async ({ id }) => work(String(id)), { connection: connection(redis), drainDelay: 1 })),
    async close() {
      for (const client of open.splice(0).reverse()) await client.close().catch(() => {})
    },
  }
}

/** Options of one job of each kind, by the name that `addEach` gives it. */
export const jobKinds: Readonly<Record<string, JobsOptions>> = {
  plain: {},
  delayed: { delay: 3_600_000 },
  prioritized: { priority: 3 },
}

/** Adds `count` jobs of each kind. */
export async function addEach(queue: Queue, count: number, names = Object.keys(jobKinds)): Promise<void> {
  for (const name of names)
    await queue.addBulk(Array.from({ length: count }, () => ({ name, data: {}, opts: jobKinds[name] as JobsOptions })))
}

/** Returns the IDs of the jobs in all states; each must occur once. */
export async function statesOf(redis: TestRedis): Promise<string[]> {
  const ids: string[] = []
  for (const part of ['wait', 'paused', 'active'])
    ids.push(...(await redis.cli('LRANGE', `bull:mail:${part}`, '0', '-1')).split('\n'))
  for (const part of ['delayed', 'prioritized', 'waiting-children', 'completed', 'failed'])
    ids.push(...(await redis.cli('ZRANGE', `bull:mail:${part}`, '0', '-1')).split('\n'))
  return ids.filter((id) => id !== '')
}
