// What facts mean that no test server can be brought to.
import { expect, test } from 'vitest'
import { evaluateNode } from '../../../src/engines/redis/doctor/evaluate.ts'
import type { NodeFacts } from '../../../src/engines/redis/doctor/facts.ts'
import { joinFindings } from '../../../src/engines/redis/doctor/join.ts'

const info = {
  ...{
    role: 'master',
    used_memory: '1000000',
    maxmemory: '0',
    total_system_memory: '8000000000',
    maxmemory_policy: 'noeviction',
  },
  ...{ aof_enabled: '1', aof_last_write_status: 'ok', rdb_last_bgsave_status: 'ok', rdb_changes_since_last_save: '0' },
}

const config = {
  'maxmemory-policy': 'noeviction',
  save: '',
  appendfsync: 'everysec',
  bind: '* -::*',
  'protected-mode': 'no',
}

const facts: NodeFacts = {
  ...{ display: 'cache.example.com:6379', host: 'cache.example.com', tls: true, now: 1_800_000_000, anonymous: false },
  ...{ info, config, queues: { names: [], whole: true } },
  backup: { user: 'default', replication: true, missing: { scan: [], restore: [] } },
}

function found(more: Partial<NodeFacts>, title: string, failover = false) {
  return evaluateNode({ ...facts, ...more }, 86_400, { failover }).find((finding) => finding.title === title)
}

test('all is good in a server that is set well', () => {
  expect(evaluateNode(facts, 86_400, { failover: false }).filter(({ state }) => state !== 'good')).toEqual([])
})

test('a missing permission is a warning with the rule; one that the server does not say is unknown', () => {
  const missing = { scan: ['+dump'], restore: ['+exec'] }
  const lacking = (replication: boolean) =>
    evaluateNode({ ...facts, backup: { user: 'app', replication, missing } }, 86_400, { failover: false })
      .filter(({ title }) => title === 'Permissions')
      .map(({ state, remedy }) => [state, remedy])
  const restore = ['warning', 'ACL SETUSER app +exec']
  expect(lacking(false)).toEqual([['warning', 'ACL SETUSER app +dump'], restore])
  expect(lacking(true)).toEqual([restore])
  expect(found({ backup: { user: 'app', replication: true } }, 'Permissions')).toMatchObject({ state: 'unknown' })
})

test('plain text across a network is a warning, on the same machine it is not mentioned', () => {
  expect(found({ tls: false }, 'Encryption')).toMatchObject({ state: 'warning' })
  expect(found({ tls: false, host: '127.0.0.1' }, 'Encryption')).toBeUndefined()
})

test('a server that lets anybody in across a network is bad, whatever CONFIG says', () => {
  expect(found({ anonymous: true, config: undefined }, 'Password')).toMatchObject({ state: 'bad' })
  expect(found({ anonymous: true, host: '127.0.0.1', config: undefined }, 'Password')).toMatchObject({
    state: 'warning',
  })
})

test('half of the memory of the machine without a limit is a warning, and overcommit is unknown', () => {
  const full = { info: { ...info, used_memory: '5000000000' } }
  expect(found(full, 'Memory')).toMatchObject({ state: 'warning', remedy: 'CONFIG SET maxmemory 5722mb' })
  expect(found(full, 'Overcommit')).toMatchObject({ state: 'unknown' })
})

test('at its limit, where nothing is evicted, writes stop: bad', () => {
  expect(found({ info: { ...info, used_memory: '960', maxmemory: '1000' } }, 'Memory')).toMatchObject({ state: 'bad' })
})

test('an append-only file that cannot be written is bad', () => {
  expect(found({ info: { ...info, aof_last_write_status: 'err' } }, 'Last save')).toMatchObject({ state: 'bad' })
  expect(found({ info: { ...info, aof_last_bgrewrite_status: 'err' } }, 'Last save')).toMatchObject({
    state: 'warning',
  })
})

test('a replica that is behind, and a master that writes alone, are warnings', () => {
  const slave0 = 'ip=10.0.0.2,port=6379,state=online,offset=1,lag=40'
  expect(found({ info: { ...info, slave0 } }, 'Replicas')).toMatchObject({ state: 'warning', detail: /not in sync/ })
  const inStep = {
    info: { ...info, slave0: slave0.replace('40', '0') },
    config: { ...config, 'min-replicas-to-write': '0' },
  }
  expect(found(inStep, 'Replicas', true)).toMatchObject({
    state: 'warning',
    remedy: 'CONFIG SET min-replicas-to-write 1',
  })
  expect(found(inStep, 'Replicas')).toMatchObject({ state: 'good' })
})

test('the wait before each backup is told', () => {
  const waiting = { config: { ...config, 'repl-diskless-sync': 'yes', 'repl-diskless-sync-delay': '5' } }
  expect(found(waiting, 'Backup method')?.detail).toContain('each backup waits 5 s')
})

test('findings of several servers stand in order, and name their servers where they differ', () => {
  const [a, b, same] = (['bad', 'good', 'good'] as const).map((state) => ({
    state,
    title: 'Persistence',
    detail: state,
  }))
  const password = { state: 'good' as const, title: 'Password', detail: 'x' }
  const nodes = [a, b, same].map((each, at) => ({ display: `n${at}`, findings: each ? [each, password] : [] }))
  expect(joinFindings(nodes).map(({ title }) => title)).toEqual([
    'Persistence (n0)',
    'Persistence (n1, n2)',
    'Password',
  ])
})
