// Starts real Redis clusters for tests.
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { startRedis, type TestRedis, type TestRedisOptions, until } from './redis.ts'

const run = promisify(execFile)

export interface TestRedisCluster {
  /** URL of the first master. */
  readonly url: string
  readonly masters: readonly TestRedis[]
  readonly replicas: readonly TestRedis[]
  /** Runs a command on the node that owns its key. */
  cli(...args: readonly string[]): Promise<string>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Retries if another process has taken one of the node's two ports. */
async function startNode(options: TestRedisOptions, attempts = 5): Promise<TestRedis> {
  try {
    return await startRedis({ ...options, port: await busPort() })
  } catch (error) {
    if (attempts === 1 || !/Address already in use/.test(String(error))) throw error
    return startNode(options, attempts - 1)
  }
}

/** Starts a cluster of masters with evenly distributed slots and `replicas` replicas each; takes about 3 s. */
export async function startRedisCluster(
  masters: number,
  options: TestRedisOptions & { readonly replicas?: number } = {},
): Promise<TestRedisCluster> {
  const { replicas = 0, ...each } = options
  const args = [
    ...(each.args ?? []),
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    '3000',
    '--repl-ping-replica-period',
    '1',
  ]
  const nodes: TestRedis[] = []
  // In sequence: the cluster bus uses the port + 10000, so ports must be low, and are found by trial.
  for (let at = 0; at < masters * (1 + replicas); at += 1) nodes.push(await startNode({ ...each, args }))
  const access = each.password === undefined ? [] : ['--no-auth-warning', '-a', each.password]
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await run('redis-cli', [
    ...access,
    '--cluster',
    'create',
    ...addresses,
    '--cluster-replicas',
    String(replicas),
    '--cluster-yes',
  ])
  const roles = await Promise.all(
    nodes.map(async (node) => {
      for (let attempt = 0; attempt < 100 && !/cluster_state:ok/.test(await node.cli('cluster', 'info')); attempt += 1)
        await sleep(100)
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const info = await node.cli('info', 'replication')
        if (/role:master/.test(info) || /master_link_status:up/.test(info))
          return /role:master/.test(info) ? 'master' : 'replica'
        await sleep(100)
      }
      return 'replica'
    }),
  )
  // A node lists no replicas until it knows all other nodes.
  for (const node of nodes) {
    await until(async () => {
      const slots = await node.cli('cluster', 'slots')
      return nodes.every(({ port }) => slots.includes(String(port)))
    })
  }
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  const first = nodes[0] as TestRedis
  return {
    url: first.url,
    masters: nodes.filter((_, at) => roles[at] === 'master'),
    replicas: nodes.filter((_, at) => roles[at] === 'replica'),
    cli: (...args) => first.cli('-c', ...args),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Returns a port whose bus port (the port + 10000) is valid, too. */
async function busPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    const low = port > 55_000 ? port - 20_000 : port
    if (low + 10_000 < 65_536) return low
  }
}
