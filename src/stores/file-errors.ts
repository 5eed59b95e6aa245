// Failures for errors of the file system, one row per error code.
import { statfsSync } from 'node:fs'
import { Failure } from '../domain/failures/failure.ts'
import type { FailureCode } from '../domain/failures/failure-codes.ts'
import { formatBytes } from '../domain/text/quantities.ts'

const rows: Record<string, { code: FailureCode; says: string; hint: string }> = {
  EACCES: {
    code: 'store/permission-denied',
    says: 'permission denied',
    hint: 'Give this user read and write access to the folder, or choose another one.',
  },
  EPERM: {
    code: 'store/permission-denied',
    says: 'operation not permitted',
    hint: 'Check owner, attributes (lsattr) and mount options of the folder.',
  },
  EROFS: {
    code: 'store/permission-denied',
    says: 'the file system is read-only',
    hint: 'Mount it writable, or choose another folder.',
  },
  ENOTDIR: {
    code: 'store/not-a-directory',
    says: 'a part of the path is a file, not a folder',
    hint: 'Move that file away, or choose another folder.',
  },
  EISDIR: {
    code: 'store/not-a-directory',
    says: 'the path is a folder, not a file',
    hint: 'Move that folder away, or choose another folder for backups.',
  },
  ENOENT: {
    code: 'store/not-found',
    says: 'the folder does not exist',
    hint: 'Check the path, and whether the disk is mounted.',
  },
  ELOOP: {
    code: 'store/symbolic-link',
    says: 'the path has a symbolic link',
    hint: 'Links inside a store are not followed. Replace the link with its target.',
  },
  EIO: {
    code: 'disk/io-error',
    says: 'the disk reports an input/output error',
    hint: 'Check the disk (dmesg, smartctl) before trusting it with backups.',
  },
  ESTALE: {
    code: 'store/not-found',
    says: 'the network file system is no longer mounted',
    hint: 'Mount it again, then run again.',
  },
  EMFILE: { code: 'disk/io-error', says: 'too many open files', hint: 'Raise the limit: ulimit -n 4096.' },
}

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** The operation that failed. */
interface FileOperation {
  /** Continues "could not ": `write /backups/a`. */
  readonly doing: string
  readonly path: string
  /** Bytes written so far and bytes expected in all, for a disk that is full. */
  readonly written?: number
  readonly expected?: number | undefined
}

/**
 * Converts an error of the file system to a Failure that names the path. Returns a Failure as it is; an unknown code
 * becomes a failure of kind tool.
 */
export function fileFailure(thrown: unknown, operation: FileOperation): Failure {
  if (thrown instanceof Failure) return thrown
  const code = errorCode(thrown)
  if (code !== undefined && full.has(code)) return fullDisk(thrown, operation)
  const row = code === undefined ? undefined : rows[code]
  const says = row?.says ?? (thrown instanceof Error ? thrown.message : String(thrown))
  return new Failure(row?.code ?? 'disk/io-error', `could not ${operation.doing}: ${says}`, {
    hint: row?.hint ?? `Check the disk and the permissions of ${operation.path}.`,
    cause: thrown,
  })
}

/** The `code` of a system error, such as `ENOENT`. */
export function errorCode(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}

function fullDisk(cause: unknown, operation: FileOperation): Failure {
  const written = operation.written ?? 0
  const needed =
    operation.expected !== undefined && operation.expected > written
      ? `About ${formatBytes(operation.expected)} are needed, ${formatBytes(operation.expected - written)} more than was free`
      : `More than ${formatBytes(written)} are needed`
  return new Failure('disk/full', `could not ${operation.doing}: ${reason(cause)} after ${formatBytes(written)}`, {
    hint: `${needed}; ${freeSpace(operation.path)} Free some space (\`resguardo prune\`), or choose another folder.`,
    cause,
  })
}

function reason(cause: unknown): string {
  const code = errorCode(cause)
  return code === 'EDQUOT'
    ? 'the disk quota is exceeded'
    : code === 'EFBIG'
      ? 'the file size limit is exceeded'
      : 'the disk is full'
}

function freeSpace(path: string): string {
  try {
    const disk = statfsSync(path)
    return `${formatBytes(disk.bavail * disk.bsize)} are free at ${path}.`
  } catch {
    return `the folder is ${path}.`
  }
}
