// Every command by name; each is loaded only when it is asked for, so that help starts quickly.
import type { Command } from './command.ts'

export interface Registered {
  /** The command's own summary, known without loading it. */
  readonly summary: string
  load(): Promise<Command>
}

export type Registry = Readonly<Record<string, Registered>>

export const registry: Registry = {
  nightly: {
    summary: 'Back up, confirm, drill and prune in one step: the whole job of a night',
    load: async () => (await import('./nightly.ts')).nightly,
  },
  backup: {
    summary: 'Back up a database into all stores at once, with a fingerprint and confirmed bytes',
    load: async () => (await import('./backup.ts')).backup,
  },
  dump: {
    summary: 'Dump into the backup directory only; checksum and upload are the next stages',
    load: async () => (await import('./dump.ts')).dump,
  },
  checksum: {
    summary: 'Read a backup in every store and compare each byte with its manifest',
    load: async () => (await import('./checksum.ts')).checksum,
  },
  upload: {
    summary: 'Copy a backup from one store to others, verified; repairs a damaged or missing copy',
    load: async () => (await import('./upload.ts')).upload,
  },
  sign: {
    summary: 'Verify every byte of a stored backup and sign its manifest',
    load: async () => (await import('./sign.ts')).sign,
  },
  list: {
    summary: 'List backups, newest first, with age, size, and whether a drill proved them',
    load: async () => (await import('./list.ts')).list,
  },
  pin: {
    summary: 'Keep a backup from being pruned, for a reason and until a day; --unpin lets go of it',
    load: async () => (await import('./pin.ts')).pin,
  },
  restore: {
    summary: 'Restore a backup: beside the live database and swapped in, so that it can be undone',
    load: async () => (await import('./restore.ts')).restore,
  },
  'test-restore': {
    summary: 'Restore a backup into scratch, compare every table with its fingerprint, and record the proof',
    load: async () => (await import('./test-restore.ts')).testRestoreCommand,
  },
  tenants: {
    summary: 'Show whose rows each table holds before tenants are backed up: a map, counts, a picture',
    load: async () => (await import('./tenants.ts')).tenants,
  },
  doctor: {
    summary: 'Ask a Redis how safe its data is: persistence, eviction, memory, access; fails if anything is bad',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  'migration-gate': {
    summary: 'Decide whether a migration may go ahead: only behind a fresh, proven backup of that very database',
    load: async () => (await import('./migration-gate.ts')).migrationGate,
  },
  prune: {
    summary: 'Remove backups that retention no longer keeps, and what unfinished runs left behind',
    load: async () => (await import('./prune.ts')).prune,
  },
}
