// The data of a round: the contents of Redis at the backup, and later changes of platform and Redis.
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import type { TestRedis } from '../support/redis.ts'

/** Keys of every kind, in two databases, and two queues of BullMQ. */
export async function fillRedis({ host, port }: TestRedis): Promise<void> {
  await withQueues(host, port, async (client, mail, reports) => {
    const commands: [string, ...(string | number)[]][] = []
    for (let n = 1; n <= 8000; n += 1)
      commands.push(['set', `session:${n}`, `user ${n} ${'x'.repeat(n % 300)}`, 'EX', 86_400])
    for (let n = 1; n <= 300; n += 1) {
      commands.push(['hset', `user:${n}`, 'name', `n${n}`, 'plan', 'team'], ['zadd', 'score', n, `user:${n}`])
      commands.push(
        ['rpush', 'log', `line ${n}`],
        ['sadd', 'seen', `user:${n}`],
        ['xadd', 'events', `${n}-1`, 'type', 'login'],
      )
    }
    commands.push(['select', 1], ['set', 'other', 'database 1'], ['select', 0])
    await client.pipeline(commands).exec()
    await mail.addBulk(Array.from({ length: 40 }, (_, n) => ({ name: 'invoice', data: { n } })))
    await mail.add('reminder', {}, { delay: 86_400_000 })
    await reports.addBulk(Array.from({ length: 40 }, (_, n) => ({ name: 'report', data: { n } })))
  })
}

/** Removes a queue, adds jobs to another, and changes, adds and removes keys. */
export async function changeRedis({ host, port }: TestRedis): Promise<void> {
  await withQueues(host, port, async (client, mail, reports) => {
    await mail.addBulk(Array.from({ length: 5 }, (_, n) => ({ name: 'newer', data: { n } })))
    await reports.obliterate({ force: true })
    const commands: [string, ...(string | number)[]][] = []
    for (let n = 1; n <= 8000; n += 1) {
      if (n % 2 === 0) commands.push(['del', `session:${n}`])
      else if (n % 3 === 0) commands.push(['set', `session:${n}`, 'newer'])
    }
    for (let n = 1; n <= 200; n += 1) commands.push(['set', `new:${n}`, n])
    commands.push(['del', 'score'], ['rpush', 'log', 'newer'])
    await client.pipeline(commands).exec()
  })
}

async function withQueues(
  host: string,
  port: number,
  work: (client: Redis, mail: Queue, reports: Queue) => Promise<void>,
): Promise<void> {
  const client = new Redis({ host, port, maxRetriesPerRequest: null })
  const queues = [new Queue('mail', { connection: client }), new Queue('reports', { connection: client })] as const
  try {
    await work(client, ...queues)
  } finally {
    for (const queue of queues) await queue.close()
    client.disconnect()
  }
}

/** SQL that deletes rows of one tenant, and changes and adds rows of others and a large object. */
export function changePlatform(tenant: string): string {
  return `
    DELETE FROM "Invoice" WHERE "tenantId" = '${tenant}' AND id % 2 = 0;
    UPDATE "Customer" SET name = 'Changed' WHERE "tenantId" = '${tenant}';
    UPDATE "Product" SET price = price + 1 WHERE "tenantId" <> '${tenant}' AND id % 5 = 0;
    INSERT INTO "AuditLog" ("tenantId", at, action, detail) SELECT id, timestamp '2026-06-01', 'newer', '{}' FROM "Tenant";
    SELECT lo_put((SELECT min(oid) FROM pg_largeobject_metadata), 0, 'changed');
    CREATE TABLE "Newer" (id int PRIMARY KEY);`
}
