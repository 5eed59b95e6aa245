// BullMQ queues and workers on Redis test servers.
import { Queue, Worker } from 'bullmq'
import type { TestRedis } from './redis.ts'

interface QueueClients {
  /** A queue, named `mail` by default. */
  queueOn(redis: TestRedis, name?: string, prefix?: string): Queue
  /** A worker of queue `mail` that notes the names of jobs in the order of execution. */
  workOn(redis: TestRedis): { readonly done: string[]; readonly worker: Worker }
  /** Registers work for `close`. */
  onClose(close: () => Promise<unknown>): void
  /** Closes everything that was opened since the last call, in reverse order. */
  close(): Promise<void>
}

export function queueClients(): QueueClients {
  const closing: (() => Promise<unknown>)[] = []
  return {
    queueOn(redis, name = 'mail', prefix = 'bull') {
      const queue = new Queue(name, { connection: connectionOf(redis), prefix })
      closing.push(() => queue.close())
      return queue
    },
    workOn(redis) {
      const done: string[] = []
      const worker = new Worker(
        'mail',
        async (job) => {
          done.push(job.name)
        },
        { connection: connectionOf(redis), stalledInterval: 500, lockDuration: 1000, drainDelay: 1 },
      )
      closing.push(() => worker.close())
      return { done, worker }
    },
    onClose: (close) => void closing.push(close),
    async close() {
      for (const close of closing.splice(0).reverse()) await close().catch(() => {})
    },
  }
}

/** Connection options of BullMQ. */
export function connectionOf({ port }: TestRedis): { host: string; port: number; maxRetriesPerRequest: null } {
  return { host: '127.0.0.1', port, maxRetriesPerRequest: null }
}

/** Adds jobs `job 0`, `job 1` and so on. Returns their names. */
export async function addJobs(queue: Queue, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, n) => `job ${n}`)
  await queue.addBulk(names.map((name) => ({ name, data: {} })))
  return names
}
