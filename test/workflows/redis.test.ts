// Redis by the real workflows: the night backs it up beside the database, restore-redis.yml and restore.yml bring it
// back.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { annotationsOf, jobOf, logOf, runOf, stepOf, summaryOf } from '../simulator/find.ts'
import type { RunResult } from '../simulator/results.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let github: OurGitHub
let redis: TestRedis
let simulator: Simulator

beforeAll(async () => {
  redis = await startRedis({ password: 'a-secret-of-redis' })
  github = await ourGitHub({ vars: { RESGUARDO_KIND: 'all' }, environments: { staging: {} } })
  const secrets = {
    DATABASE_URL: github.url,
    AWS_ACCESS_KEY_ID: github.s3.accessKey,
    AWS_SECRET_ACCESS_KEY: github.s3.secretKey,
  }
  simulator = await github.also({ secrets: { ...secrets, REDIS_URL: redis.url } })
  await redis.cli('SET', 'cart:7', 'before', 'EX', '86400')
  await redis.cli('SET', 'session:1', 'before')
})
afterAll(async () => {
  await github?.close()
  await redis?.stop()
})

const address = () => `127.0.0.1:${redis.port}`
const errorsOf = (run: RunResult, job: string) =>
  annotationsOf(jobOf(run, job)).filter((line) => line.startsWith('error'))

test('a night backs up database, tenants and Redis, and proves all three', async () => {
  const run = runOf(await simulator.trigger({ event: 'schedule', cron: '0 2 * * *' }), 'backup.yml')
  expect(errorsOf(run, 'backup')).toEqual([])
  const job = jobOf(run, 'backup')
  const { outputs } = stepOf(job, 'nightly')
  expect(outputs).toMatchObject({ verdict: 'proven', 'redis-backup-id': expect.stringContaining('-redis-scheduled-') })
  const redisId = outputs['redis-backup-id'] ?? ''
  expect(summaryOf(job)).toContain(`Proven: ${redisId}`)
  expect([logOf(job), summaryOf(job)].join('\n')).not.toContain('a-secret-of-redis')
})

test('a weekly drill proves the newest backup of each kind', async () => {
  const run = runOf(await simulator.trigger({ event: 'schedule', cron: '0 4 * * 1' }), 'drill.yml')
  const drills = run.jobs.map((job) => [job.name, stepOf(job, 'drill').outputs.verdict])
  expect(drills).toEqual([
    ['Drill platform', 'proven'],
    ['Drill tenant', 'proven'],
    ['Drill redis', 'proven'],
  ])
  const id = stepOf(jobOf(run, 'Drill platform'), 'drill').outputs['backup-id'] ?? ''
  const named = await simulator.dispatch('drill.yml', { backup: id })
  expect(named.jobs.map((job) => stepOf(job, 'drill').outputs['backup-id'])).toEqual([id])
})

test('a drill of the newest backup of Redis, by hand', async () => {
  const run = await simulator.dispatch('drill.yml', { kind: 'redis' })
  expect(errorsOf(run, 'drill')).toEqual([])
  const { outputs } = stepOf(jobOf(run, 'drill'), 'drill')
  expect(outputs).toMatchObject({ verdict: 'proven', 'backup-id': expect.stringContaining('-redis-') })
})

test('Redis comes back: first a plan, then with its address typed', async () => {
  await redis.cli('SET', 'cart:7', 'after')
  const plan = await simulator.dispatch('restore-redis.yml', { mode: 'replace' })
  expect([errorsOf(plan, 'plan'), jobOf(plan, 'plan').name]).toEqual([[], 'Plan in staging'])
  expect(summaryOf(jobOf(plan, 'plan'))).toContain(`Restore plan for Redis at ${address()}`)
  expect(await redis.cli('GET', 'cart:7')).toBe('after')

  const untyped = await simulator.dispatch('restore-redis.yml', { mode: 'replace', 'dry-run': 'false' })
  expect([untyped.conclusion, await redis.cli('GET', 'cart:7')]).toEqual(['failure', 'after'])

  const done = await simulator.dispatch('restore-redis.yml', {
    mode: 'replace',
    'dry-run': 'false',
    confirm: address(),
  })
  expect(errorsOf(done, 'restore')).toEqual([])
  expect(await redis.cli('GET', 'cart:7')).toBe('before')
})

test('only some keys come back where a pattern is given', async () => {
  await redis.cli('MSET', 'cart:7', 'after', 'session:1', 'after')
  const narrowed = { mode: 'replace', pattern: 'session:*', 'dry-run': 'false', confirm: address() }
  const run = await simulator.dispatch('restore-redis.yml', narrowed)
  expect(errorsOf(run, 'restore')).toEqual([])
  expect(await redis.cli('MGET', 'cart:7', 'session:1')).toBe('after\nbefore')
})

test('database and Redis come back to one recovery point', async () => {
  await redis.cli('SET', 'other', 'after')
  await github.postgres.query('shop', 'CREATE TABLE written_since (n int)')
  const run = await simulator.dispatch('restore.yml', { kind: 'all', confirm: `shop,${address()}`, 'dry-run': 'false' })
  expect(errorsOf(run, 'restore')).toEqual([])
  expect(await github.postgres.query('shop', "SELECT to_regclass('written_since') AS t")).toEqual([{ t: null }])
  expect([await redis.cli('GET', 'cart:7'), await redis.cli('EXISTS', 'other')]).toEqual(['before', '0'])
})
