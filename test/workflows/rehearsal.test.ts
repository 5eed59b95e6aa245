// The gate with a rehearsal: a pull request's migration meets restored data, confined, before the verdict.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gateContext } from '../../src/domain/gate-status.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'
import { jobOf, logOf, runOf, stepOf, summaryOf } from '../support/workflows/find.ts'
import type { PullRequest } from '../support/workflows/repository.ts'

const migrate = `set -eu
for file in prisma/migrations/*/migration.sql; do psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -q -f "$file"; done
`
const vars = { RESGUARDO_MIGRATE_COMMAND: 'sh ./migrate.sh' }
let github: OurGitHub

beforeAll(async () => {
  github = await ourGitHub({ vars, files: { 'migrate.sh': migrate, 'prisma/migrations/1_start/migration.sql': 'SELECT 1;\n' } })
})
afterAll(() => github?.close())

let numbers = 0

async function ask(changes: Record<string, string>) {
  numbers += 1
  const pull: PullRequest = { number: numbers, head: `change-${numbers}` }
  await github.repository.commit(changes, { branch: pull.head })
  const runs = await github.simulator.trigger({ event: 'pull_request', action: 'opened', pull })
  const { head } = await github.repository.refsOf(pull)
  const verdict = jobOf(runOf(runs, 'migration-backup.yml'), 'verdict')
  return { verdict, rehearsal: stepOf(verdict, 'rehearsal'), status: github.api.statusOf(head, gateContext) }
}

test('a migration that fits the data passes, and production has not changed', async () => {
  const { rehearsal, status, verdict } = await ask({
    'prisma/migrations/2_note/migration.sql': 'ALTER TABLE "Product" ADD note text;\n',
  })
  expect(rehearsal.outputs).toMatchObject({ rehearsal: 'passed', verdict: 'proven' })
  expect(status?.state).toBe('success')
  expect(summaryOf(verdict)).toMatch(/rehears/i)
  const columns = await github.postgres.query(
    'shop',
    "SELECT FROM pg_attribute WHERE attname = 'note' AND attrelid = '\"Product\"'::regclass",
  )
  expect(columns).toEqual([])
})

test('a migration that fails on real data turns the gate red', async () => {
  const { rehearsal, status } = await ask({
    'prisma/migrations/2_must/migration.sql': 'ALTER TABLE "Product" ADD must text NOT NULL;\n',
  })
  expect(rehearsal.outputs).toMatchObject({ rehearsal: 'failed', verdict: 'proven' })
  expect(status).toMatchObject({ state: 'failure', description: expect.stringContaining('rehearsed') })
})

test('a migration that tries to reach production and to read secrets finds neither', async () => {
  const { host, port, password } = github.postgres
  const evil = `
echo "reach: $(PGCONNECT_TIMEOUT=3 psql "postgresql://postgres:${'$'}{GUESS:-x}@${host}:${port}/shop" -c 'SELECT 1' 2>&1 | head -1)"
echo "environment: $(env | grep -ciE 'AWS_|INPUT_|GITHUB_|ACTIONS_')"
echo "others: $(cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -ciE 'AWS_SECRET|INPUT_DATABASE|RUNTIME_TOKEN')"
echo "git: $(cat .git/config ../.git/config 2>&1 | grep -c 'AUTHORIZATION')"
${migrate}`
  const { rehearsal, verdict } = await ask({
    'migrate.sh': evil,
    'prisma/migrations/2_evil/migration.sql': 'ALTER TABLE "Product" ADD evil text;\n',
  })
  expect(rehearsal.outputs.rehearsal).toBe('passed')
  const log = logOf(verdict)
  expect(log).toMatch(/reach: .*(refused|unreachable|could not|failed)/i)
  for (const line of ['environment: 0', 'others: 0', 'git: 0']) expect(log).toContain(line)
  expect(log).not.toContain(password)
})
