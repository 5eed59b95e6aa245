import { describe, expect, test } from 'vitest'
import { explainLoad } from '../../../../src/engines/postgres/load/explain-load.ts'

const explain = (stderr: string, exit = 'exited with 1') => explainLoad('pg_restore', 'shop', 15)(stderr, exit)
const query = (error: string) => `pg_restore: error: could not execute query: ERROR:  ${error}\nCommand was: SELECT 1`

describe('what a server says while a backup is loaded', () => {
  test.each([
    ['operator does not exist: public.hstore = public.hstore', 'restore/inconsistent-backup'],
    ['duplicate key value violates unique constraint "a"', 'restore/inconsistent-backup'],
    ['function "TLS certificate" timed out', 'restore/load-failed'],
    ['role "SSL" does not exist', 'restore/missing-role'],
    ['password authentication failed for user "x"', 'restore/load-failed'],
    ['could not access file "$libdir/ours": No such file or directory', 'restore/missing-library'],
    ['could not load library "/usr/lib/a.so": undefined symbol: x', 'restore/missing-library'],
    ['pgaudit must be loaded via shared_preload_libraries', 'restore/missing-library'],
    ['pg_cron can only be loaded via shared_preload_libraries', 'restore/missing-library'],
    ['extension "timescaledb" must be preloaded', 'restore/missing-library'],
    ['extension "postgis" is not available', 'restore/missing-extension'],
    ['extension "x" has no installation script nor update path for version "9"', 'restore/missing-extension'],
    ['invalid value for parameter "default_tablespace": "fast"', 'restore/missing-tablespace'],
    ['unrecognized configuration parameter "transaction_timeout"', 'restore/server-too-old'],
    ['syntax error at or near "MERGE"', 'restore/load-failed'],
    ['could not extend file "base/1/2": No space left on device', 'disk/full'],
    ['out of shared memory', 'postgres/out-of-locks'],
    ['out of memory', 'postgres/out-of-memory'],
    ['canceling statement due to lock timeout', 'postgres/lock-timeout'],
    ['deadlock detected', 'postgres/deadlock'],
    ['permission denied for table t', 'postgres/permission-denied'],
    ['could not read block 0 in file "base/1/2": Input/output error', 'disk/io-error'],
  ])('%s', (error, code) => {
    expect(explain(query(error)).code).toBe(code)
  })

  test('FATAL ends the connection, whatever the tool prints before it', () => {
    expect(
      explain('pg_restore: error: connection to server failed: FATAL:  the database system is shutting down').code,
    ).toBe('postgres/connection-lost')
    expect(explain('FATAL:  too many connections for role "one"').code).toBe('postgres/too-many-connections')
    expect(explain('pg_restore: error: could not execute query: server closed the connection unexpectedly').code).toBe(
      'postgres/connection-lost',
    )
  })

  test('a tool that was killed says nothing about the backup', () => {
    expect(explain('', 'was ended by SIGKILL').code).toBe('tool/killed')
    expect(explain('', 'exited with 137').code).toBe('tool/killed')
    expect(explain('', 'exited with 1').code).toBe('restore/load-failed')
  })
})
