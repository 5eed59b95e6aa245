// The line of a program's output that names the error. The outputs are those of the tools, shortened.
import { expect, test } from 'vitest'
import { errorLine } from '../../../src/domain/failures/error-line.ts'

const cause = 'column "name" of relation "users" contains null values'
const outputs: Record<string, string> = {
  psql: `BEGIN\nERROR:  ${cause}\nCONTEXT:  SQL statement "ALTER TABLE"\nERROR:  current transaction is aborted, commands ignored until end of transaction block`,
  'psql with a file': `psql:2.sql:3: ERROR:  ${cause}\nDETAIL:  more\nLINE 1: ALTER\n              ^`,
  Prisma: `Error: P3018\n\nA migration failed to apply. New migrations cannot be applied before the error is recovered from.\n\nMigration name: 2_x\n\nDatabase error code: 23502\n\nDatabase error:\nERROR: ${cause}\n\nDbError { severity: "ERROR", code: SqlState(E23502), message: "x" }\n`,
  Knex: `migration file "2.js" failed\nmigration failed with error: alter table "users" - ${cause}\nerror: alter table "users" - ${cause}\n    at Parser.parseErrorMessage (/x/parser.js:283:98)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`,
  TypeORM: `Error during migration run:\nQueryFailedError: ${cause}\n    at x (/y.js:1:2)\n  query: 'ALTER TABLE',\n  length: 130,\n  severity: 'ERROR',\n  code: '23502',\n  detail: undefined,\n  routine: 'ATRewriteTable'\n}`,
  'node-pg-migrate under npm': `Error executing:\nerror: ${cause}\n    at x\n  routine: 'ATRewriteTable'\n}\nnpm error Lifecycle script \`migrate\` failed with error:\nnpm error code 1\nnpm error path /rehearsal/checkout`,
  Sequelize: `== 2-name: migrating =======\n\nERROR: ${cause}\n`,
  Drizzle: `PostgresError: ${cause}\n    at ErrorResponse (/x)\n  severity_local: 'ERROR',\n  severity: 'ERROR',\n  code: '23502'\n}\n\nNode.js v24.11.0`,
  Alembic: `INFO  [alembic.runtime.migration] Running upgrade a -> b\nTraceback (most recent call last):\n  File "x.py", line 1, in execute\npsycopg2.errors.NotNullViolation: ${cause}\n\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\nsqlalchemy.exc.IntegrityError: (psycopg2.errors.NotNullViolation) ${cause}\n\n[SQL: ALTER TABLE users]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)`,
  Django: `  Applying shop.0002_name...Traceback (most recent call last):\n  File "x.py", line 1\ndjango.db.utils.IntegrityError: ${cause}\n`,
  Rails: `rails aborted!\nStandardError: An error has occurred, this and all later migrations canceled:\n\nPG::NotNullViolation: ERROR:  ${cause}\n/x/db/migrate/2.rb:3:in 'change'\n\nCaused by:\nPG::NotNullViolation: ERROR:  ${cause}\n/x/db/migrate/2.rb:3\nTasks: TOP => db:migrate\n(See full trace by running task with --trace)`,
  Flyway: `ERROR: Migration of schema "public" to version "2 - name" failed!\n\nERROR: Script V2__name.sql failed\n----\nSQL State  : 23502\nMessage    : ERROR: ${cause}\nLocation   : V2__name.sql\nLine       : 1\nStatement  : ALTER TABLE`,
  Liquibase: `Unexpected error running Liquibase: Migration failed for changeset 2.xml::1::me:\n     Reason: liquibase.exception.DatabaseException: ERROR: ${cause} [Failed SQL: (0) ALTER TABLE]\n\nFor more information, please use the --log-level flag`,
  goose: `2026/11/29 goose run: ERROR 2_name.sql: failed to run SQL migration: failed to execute SQL query "ALTER": ERROR: ${cause} (SQLSTATE 23502)`,
  'golang-migrate': `error: migration failed: ${cause} in line 0: ALTER TABLE (details: pq: ${cause})`,
  dbmate: `Applying: 2_name.sql\nError: pq: ${cause}`,
  Diesel: `Running migration 2_name\nFailed to run 2_name with: ${cause}`,
  Ecto: `12:00:00.000 [info] == Running 2\n** (Postgrex.Error) ERROR 23502 (not_null_violation) ${cause}\n\n    table: users\n    (ecto_sql 3.12) lib/ecto/adapters/sql.ex:1096: x`,
  'EF Core': `Applying migration '2_Name'.\nFailed executing DbCommand (5ms)\nALTER TABLE users\nNpgsql.PostgresException (0x80004005): 23502: ${cause}\n   at Npgsql.X()\n  Exception data:\n    Severity: ERROR\n    SqlState: 23502`,
  Laravel: `   Illuminate\\Database\\QueryException\n\n  SQLSTATE[23502]: Not null violation: 7 ERROR:  ${cause} (Connection: pgsql)\n\n  at vendor/laravel/x.php:829\n    825▕ try {\n`,
  Doctrine: `[error] Migration 2 failed during Execution. Error: "An exception occurred: SQLSTATE[23502]: Not null violation: 7 ERROR:  ${cause}"\n\n`,
  Sqitch: `  + name .. psql:deploy/name.sql:3: ERROR:  ${cause}\nnot ok\n"deploy" unexpectedly returned exit value 3\nReverting all changes\n`,
}

test.each(Object.entries(outputs))('the error line in the output of %s contains the cause', (_, output) => {
  expect(errorLine(output.split('\n'))).toContain(cause)
})

test.each([
  [
    ['npm warn old', 'npm error code E404', "npm error 404 Not Found - GET https://registry/x - 'x@1' is not here"],
    /^npm error 404 Not Found/,
  ],
  [['sh: 1: prisma: not found'], /prisma: not found/],
  [['done', 'ready', ''], /^ready$/],
])('without a server error, the most specific error line or else the last line is returned: %j', (lines, expected) => {
  expect(errorLine(lines)).toMatch(expected)
})

test('empty output has no error line', () => {
  expect(errorLine(['', '  '])).toBeUndefined()
})
