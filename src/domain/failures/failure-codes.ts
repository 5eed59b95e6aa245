// Every failure's stable code with its kind, by area. A code names one cause that has one remedy;
// docs/troubleshooting.md has an entry for each, which `npm run check` verifies.
import { databaseFailureCodes } from './failure-codes-of-databases.ts'
import type { FailureKind } from './failure-kinds.ts'

/**
 * Codes are contracts: programs compare them and people search for them. Add rows, never reuse a name for another
 * cause.
 */
export const failureCodes = {
  'internal/bug': 'bug',
  interrupted: 'interrupted',

  // Inputs
  'input/conflict': 'usage',
  'input/invalid': 'usage',
  'input/no-store': 'usage',
  'input/unknown-command': 'usage',

  // This machine: files, disks, programs
  'disk/full': 'tool',
  'disk/io-error': 'tool',
  'disk/not-readable': 'tool',
  'disk/not-writable': 'tool',
  'file/exists': 'usage',
  'file/not-found': 'usage',
  'tool/failed': 'tool',
  'tool/killed': 'tool',
  'tool/not-started': 'tool',
  'tool/old-node': 'tool',
  'tool/too-much-output': 'tool',

  // Choosing a backup
  'backup/ambiguous': 'usage',
  'backup/ambiguous-name': 'usage',
  'backup/invalid-name': 'usage',
  'backup/no-companion': 'usage',
  'backup/none': 'usage',
  'backup/none-before': 'usage',
  'backup/not-found': 'usage',
  'backup/removed': 'refused',
  'backup/wrong-kind': 'usage',

  // The content of a backup
  'archive/damaged': 'integrity',
  'archive/unknown-version': 'refused',
  'backup/content-mismatch': 'integrity',
  'backup/empty-payload': 'integrity',
  'backup/incomplete': 'integrity',
  'backup/no-archive': 'integrity',
  'manifest/damaged': 'integrity',
  'manifest/differs': 'integrity',
  'manifest/misplaced': 'integrity',
  'manifest/newer-format': 'refused',

  // Signatures
  'signature/damaged': 'integrity',
  'signature/encrypted-key': 'usage',
  'signature/invalid-key': 'usage',
  'signature/invalid-trusted-keys': 'usage',
  'signature/no-key-file': 'usage',
  'signature/not-trusted': 'integrity',
  'signature/key-permissions': 'usage',
  'signature/untrusted-signer': 'usage',

  // Pins and retention
  'pin/ambiguous': 'usage',
  'pin/invalid-end': 'usage',
  'pin/invalid-reason': 'usage',
  'pin/locked': 'refused',
  'pin/not-found': 'usage',
  'prune/clock-skew': 'refused',
  'prune/no-good-backup-left': 'refused',

  // Stores
  'store/ephemeral': 'refused',
  'store/invalid-address': 'usage',
  'store/no-range-requests': 'unreachable',
  'store/not-a-directory': 'usage',
  'store/not-found': 'unreachable',
  'store/object-changed': 'integrity',
  'store/object-damaged': 'integrity',
  'store/object-exists': 'refused',
  'store/object-missing': 'integrity',
  'store/object-too-large': 'tool',
  'store/permission-denied': 'unreachable',
  'store/symbolic-link': 'refused',
  'store/upload-mismatch': 'integrity',
  's3/access-denied': 'unreachable',
  's3/archived-object': 'unreachable',
  's3/bad-credentials': 'unreachable',
  's3/clock-skew': 'unreachable',
  's3/expired-credentials': 'unreachable',
  's3/invalid-endpoint': 'usage',
  's3/invalid-storage-class': 'usage',
  's3/no-credentials': 'unreachable',
  's3/no-id-token': 'usage',
  's3/no-such-bucket': 'unreachable',
  's3/quota-exceeded': 'tool',
  's3/region-not-set': 'usage',
  's3/request-failed': 'unreachable',
  's3/role-refused': 'unreachable',
  's3/tls': 'unreachable',
  's3/unavailable': 'unreachable',
  's3/unreachable': 'unreachable',
  's3/upload-removed': 'unreachable',
  's3/wrong-region': 'unreachable',
  'artifact/enterprise-server': 'usage',
  'artifact/name-taken': 'refused',
  'artifact/name-too-long': 'usage',
  'artifact/not-in-actions': 'usage',
  'artifact/not-listed': 'unreachable',
  'artifact/public-repository': 'refused',
  'artifact/quota-exceeded': 'tool',
  'artifact/too-many': 'refused',
  'artifact/unknown-format': 'integrity',

  // GitHub and git
  'github/bad-token': 'unreachable',
  'github/forbidden': 'unreachable',
  'github/no-repository': 'usage',
  'github/no-token': 'usage',
  'github/not-found': 'unreachable',
  'github/rate-limit': 'unreachable',
  'github/request-refused': 'unreachable',
  'github/unavailable': 'unreachable',
  'git/ambiguous-name': 'usage',
  'git/failed': 'tool',
  'git/invalid-revision': 'usage',
  'git/no-common-history': 'usage',
  'git/not-a-checkout': 'usage',
  'git/shallow-clone': 'usage',
  'git/unknown-commit': 'usage',
  'git/unknown-output': 'tool',
  'gate/blocked': 'refused',
  'gate/no-commit': 'usage',

  ...databaseFailureCodes,
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof failureCodes
