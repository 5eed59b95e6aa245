// Variables of a repository that several workflows read: the name of the backups, and the rules for tenants.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { annotationsOf, jobOf, runOf, stepOf } from '../simulator/find.ts'
import type { RunResult } from '../simulator/results.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'

let github: OurGitHub
/** A repository with another database and other names of its tables, and the same stores. */
let crm: Simulator

const tables = `
  CREATE TABLE "Organization" (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE "Contact" (id int PRIMARY KEY, "orgId" int NOT NULL REFERENCES "Organization" (id), name text);
  CREATE TABLE country (code text PRIMARY KEY, "orgId" int);
  INSERT INTO "Organization" VALUES (1, 'one'), (2, 'two');
  INSERT INTO "Contact" SELECT i, 1 + i % 2, 'contact ' || i FROM generate_series(1, 10) i;
  INSERT INTO country VALUES ('MX', 1), ('AR', 2)`
const rules = {
  RESGUARDO_TENANT_TABLE: '"Organization"',
  RESGUARDO_TENANT_COLUMN: 'orgId',
  RESGUARDO_TENANT_RULES: 'country: shared\n"Contact": column "orgId"',
}

beforeAll(async () => {
  github = await ourGitHub({ environments: { staging: {} } })
  const url = await github.postgres.createDatabase('crm')
  await github.postgres.query('crm', tables)
  const secrets = { AWS_ACCESS_KEY_ID: github.s3.accessKey, AWS_SECRET_ACCESS_KEY: github.s3.secretKey }
  crm = await github.also({
    secrets: { ...secrets, DATABASE_URL: url },
    vars: { ...github.vars, ...rules, RESGUARDO_NAME: 'crm-production' },
    environments: { staging: {} },
  })
  await github.simulator.dispatch('backup.yml', { drill: 'false' })
})
afterAll(() => github?.close())

const errorsOf = (run: RunResult, job: string) =>
  annotationsOf(jobOf(run, job)).filter((line) => line.startsWith('error'))

describe('RESGUARDO_NAME', () => {
  let id: string

  beforeEach(async () => {
    const run = await crm.dispatch('backup.yml', { drill: 'false' })
    expect(errorsOf(run, 'backup')).toEqual([])
    id = stepOf(jobOf(run, 'backup'), 'nightly').outputs['backup-id'] ?? ''
  })

  test('names the backups, so that a drill finds them among those of other databases', async () => {
    expect((await github.keys()).filter((key) => key.startsWith(`crm-production/${id}/`))).not.toEqual([])
    const run = runOf(await crm.trigger({ event: 'schedule', cron: '0 4 * * 1' }), 'drill.yml')
    expect(stepOf(jobOf(run, 'drill'), 'drill').outputs).toMatchObject({ 'backup-id': id, verdict: 'proven' })
  })

  test('is necessary if the stores have several names', async () => {
    const run = await github.simulator.dispatch('drill.yml')
    expect(stepOf(jobOf(run, 'drill'), 'drill').exitCode).toBe(2)
    expect(errorsOf(run, 'drill').join('\n')).toContain('crm-production')
  })

  test('selects the backup to restore', async () => {
    const run = await crm.dispatch('restore.yml', {
      strategy: 'new',
      'target-database': 'crm_copy',
      'dry-run': 'false',
    })
    expect(errorsOf(run, 'restore')).toEqual([])
    expect(await github.postgres.query('crm_copy', 'SELECT count(*)::int AS n FROM country')).toEqual([{ n: 2 }])
  })
})

describe('RESGUARDO_TENANT_…', () => {
  test('defines the tenants of a backup', async () => {
    const run = await crm.dispatch('backup.yml', { kind: 'tenant', tenant: '2' })
    expect(errorsOf(run, 'backup')).toEqual([])
    expect(stepOf(jobOf(run, 'backup'), 'nightly').outputs.verdict).toBe('proven')
  })

  test.each(['tenant', 'platform'])('defines the tenant that is restored from a backup of kind %s', async (kind) => {
    await crm.dispatch('backup.yml', { kind, drill: 'false' })
    await github.postgres.query('crm', 'DELETE FROM "Contact" WHERE id = 4')
    const inputs = { tenant: '1', 'out-of': kind, 'dry-run': 'false', confirm: 'crm' }
    const run = await crm.dispatch('restore-tenant.yml', inputs)
    expect(errorsOf(run, 'restore')).toEqual([])
    expect(await github.postgres.query('crm', 'SELECT name FROM "Contact" WHERE id = 4')).toEqual([
      { name: 'contact 4' },
    ])
  })
})
