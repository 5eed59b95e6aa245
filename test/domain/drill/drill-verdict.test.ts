import { describe, expect, test } from 'vitest'
import { countsAgainstBackup } from '../../../src/domain/drill/drill-verdict.ts'
import { asFailure, Failure } from '../../../src/domain/failures/failure.ts'
import type { FailureCode } from '../../../src/domain/failures/failure-codes.ts'

const failed = (code: FailureCode) => countsAgainstBackup(new Failure(code, 'it failed'))

describe('a failure while a drill loads or compares', () => {
  test.each([
    'restore/load-failed',
    'restore/inconsistent-backup',
    'postgres/error',
    'redis/error',
    'tool/failed',
    'archive/unknown-version',
    'tenant/not-restorable',
    'store/object-damaged',
  ] as const)('%s fails the drill', (code) => {
    expect(failed(code)).toBe(true)
  })

  test.each([
    'disk/full',
    'disk/io-error',
    'disk/not-readable',
    'disk/not-writable',
    'drill/folder-not-accessible',
    'drill/missing-extension',
    'drill/missing-module',
    'drill/no-redis-server',
    'drill/no-server',
    'drill/out-of-memory',
    'drill/redis-too-old',
    'drill/scratch-busy',
    'drill/scratch-exists',
    'drill/scratch-is-source',
    'drill/server-failed',
    'drill/server-too-old',
    'interrupted',
    'postgres/connection-lost',
    'postgres/deadlock',
    'postgres/install-failed',
    'postgres/lock-timeout',
    'postgres/out-of-locks',
    'postgres/out-of-memory',
    'postgres/permission-denied',
    'redis/out-of-memory',
    'restore/missing-collation',
    'restore/missing-extension',
    'restore/missing-library',
    'restore/missing-role',
    'restore/missing-tablespace',
    'restore/psql-too-old',
    'restore/server-too-old',
    's3/unreachable',
    'sandbox/ended',
    'sandbox/not-started',
    'sandbox/unavailable',
    'store/object-too-large',
    'tool/killed',
    'tool/not-started',
  ] as const)('%s does not count against the backup', (code) => {
    expect(failed(code)).toBe(false)
  })

  test('an unexpected error fails the drill unless it comes from the operating system', () => {
    expect(countsAgainstBackup(asFailure(new TypeError('x is undefined')))).toBe(true)
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      errno: -28,
      syscall: 'write',
    })
    expect(countsAgainstBackup(asFailure(full))).toBe(false)
  })
})
