// Warns about connected workers and producers of the restored queues, which it finds with CLIENT LIST.

import { type QueueFingerprint, queueName } from '../../../domain/redis/redis-fingerprint.ts'
import { plural } from '../../../domain/text/plural.ts'
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import type { Step } from '../../../ports/restore.ts'
import { askForText } from '../connection/replies.ts'
import { ReplyError } from '../connection/resp.ts'
import { type ConnectedClient, clientsIn, nameOfWorker } from './clients.ts'
import type { PreflightContext } from './preflight-context.ts'

const namedAtMost = 5

/** Returns warnings. `queues`: those to be restored. */
export async function checkClients(
  { request, each }: PreflightContext,
  queues: readonly QueueFingerprint[],
): Promise<Step[]> {
  const names = new Map(queues.map((queue) => [nameOfWorker(queue), queueName(queue)]))
  const lists: string[] = []
  for (const { connection } of each) {
    const list = await askForText(connection, 'CLIENT', 'LIST').catch((error) => {
      if (error instanceof ReplyError) return undefined
      throw error
    })
    if (list === undefined) return [unknown]
    lists.push(list)
  }
  const clients = lists.flatMap((list) => clientsIn(list, names))
  const databases = new Set(queues.map(({ database }) => request.toDatabase ?? database))
  return [
    ...ofWorkers(clients, request),
    ...ofProducers(
      clients.filter(({ database }) => databases.has(database)),
      request,
    ),
  ]
}

const unknown: Step = {
  title: 'It is unknown whether workers and producers of the queues are connected',
  state: 'warning',
  detail: 'Stop them first. To list them, the user needs the ACL rule +client|list',
}

function ofWorkers(clients: readonly ConnectedClient[], request: RedisRestoreRequest): Step[] {
  const busy = Map.groupBy(
    clients.filter(({ workerOf }) => workerOf !== undefined),
    ({ workerOf }) => workerOf,
  )
  if (busy.size === 0) return []
  const named = [...busy].slice(0, namedAtMost).map(([queue, { length }]) => `${length} of ${queue}`)
  return [{ title: `Workers are connected: ${named.join(', ')}`, state: 'warning', detail: effectOnWorkers(request) }]
}

function effectOnWorkers({ mode, resumeQueues }: RedisRestoreRequest): string {
  if (resumeQueues) return 'They take jobs as soon as the queue is complete'
  return mode === 'merge'
    ? 'Queues that exist are kept and not paused; all others are restored paused'
    : 'The queues are restored paused, but running jobs are lost: stop the workers first'
}

/** BullMQ names only the connections of workers: any other connection may be a producer's. */
function ofProducers(clients: readonly ConnectedClient[], { mode }: RedisRestoreRequest): Step[] {
  const others = clients.filter(({ workerOf }) => workerOf === undefined)
  if (others.length === 0) return []
  const groups = [...Map.groupBy(others, ({ host, traits }) => `${host} (${traits.join(', ') || 'no name'})`)]
  const named = groups.slice(0, namedAtMost).map(([group, { length }]) => `${length} from ${group}`)
  const more = groups.slice(namedAtMost).reduce((sum, [, { length }]) => sum + length, 0)
  const rest = more > 0 ? `, and ${plural(more, 'other')}` : ''
  const detail =
    mode === 'merge'
      ? 'A queue that they add jobs to before it is restored is kept instead: stop the producers first'
      : 'The restore removes jobs that they add before it empties the queues: stop the producers first'
  return [{ title: `Producers may be connected: ${named.join(', ')}${rest}`, state: 'warning', detail }]
}
