// Decides which failures of a drill count against the backup.
import type { Failure } from '../failures/failure.ts'
import type { FailureCode } from '../failures/failure-codes.ts'
import type { FailureKind } from '../failures/failure-kinds.ts'

const kindsOfOthers: ReadonlySet<FailureKind> = new Set(['interrupted', 'unreachable', 'usage'])

/**
 * Failures of disks, memory, locks, programs and packages of the machine or the scratch server, and missing rights of
 * that server's user.
 */
const codesOfOthers: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'disk/full',
  'disk/io-error',
  'disk/not-readable',
  'disk/not-writable',
  'drill/folder-not-accessible',
  'drill/missing-extension',
  'drill/missing-module',
  'drill/no-redis-server',
  'drill/out-of-memory',
  'drill/redis-too-old',
  'drill/scratch-busy',
  'drill/scratch-exists',
  'drill/scratch-is-source',
  'drill/server-failed',
  'drill/server-too-old',
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
  'sandbox/ended',
  'sandbox/not-started',
  'sandbox/unavailable',
  'store/object-too-large',
  'tool/killed',
  'tool/not-started',
])

/**
 * Whether a failure while a backup was loaded or compared fails the drill. Only known faults of the machine, the store
 * or the request leave no verdict. An unknown error counts against the backup, because a restore would fail too.
 */
export function countsAgainstBackup(failure: Failure): boolean {
  if (failure.kind === 'bug') return !isOfOperatingSystem(failure.cause)
  return !kindsOfOthers.has(failure.kind) && !codesOfOthers.has(failure.code)
}

function isOfOperatingSystem(cause: unknown): boolean {
  return cause instanceof Error && 'syscall' in cause
}
