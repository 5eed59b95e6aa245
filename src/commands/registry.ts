// All commands by name. A command is loaded only when it is needed, so that help starts quickly.
import type { Command } from './command.ts'
import { type Lists, withKindInputs } from './printed-commands/complete-inputs.ts'

interface Registered {
  /** The command's own summary, known without loading it. */
  readonly summary: string
  load(): Promise<Command>
}

export type Registry = Readonly<Record<string, Registered>>

const commands: Registry = {
  nightly: {
    summary: 'Run the complete nightly job: back up, verify, drill and prune',
    load: async () => (await import('./nightly/nightly.ts')).nightly,
  },
  backup: {
    summary: 'Back up a database into all stores in one pass, with a fingerprint, and verify the stored bytes',
    load: async () => (await import('./backup/backup.ts')).backup,
  },
  dump: {
    summary: 'Back up into the backup directory only; checksum and upload are the next stages',
    load: async () => (await import('./backup/dump.ts')).dump,
  },
  checksum: {
    summary: 'Read a backup in every store and compare each byte with its manifest',
    load: async () => (await import('./copies/checksum.ts')).checksum,
  },
  upload: {
    summary: 'Copy a backup from one store to others and verify it; repairs a damaged or missing copy',
    load: async () => (await import('./copies/upload.ts')).upload,
  },
  sign: {
    summary: 'Verify every byte of a stored backup and sign its manifest',
    load: async () => (await import('./copies/sign.ts')).sign,
  },
  list: {
    summary: 'List backups, newest first, with age, size and drill result',
    load: async () => (await import('./list/list.ts')).list,
  },
  pin: {
    summary: 'Protect a backup from pruning, with a reason and an optional end date; --unpin removes the pin',
    load: async () => (await import('./copies/pin.ts')).pin,
  },
  restore: {
    summary: 'Restore a backup into a new database and swap it with the live one; --undo swaps back',
    load: async () => (await import('./restore/restore.ts')).restore,
  },
  'test-restore': {
    summary: 'Drill a backup: restore it into a scratch server, compare every table, and record the result',
    load: async () => (await import('./drill/test-restore.ts')).testRestoreCommand,
  },
  tenants: {
    summary: 'Show how rows are assigned to tenants: the tables, row counts and a diagram',
    load: async () => (await import('./tenants/tenants.ts')).tenants,
  },
  doctor: {
    summary: 'Check how safely Redis stores its data: persistence, eviction, memory, access; fails on bad findings',
    load: async () => (await import('./doctor/doctor.ts')).doctor,
  },
  'migration-gate': {
    summary: 'Decide whether a migration may go ahead: it needs a fresh, proven backup of the same database',
    load: async () => (await import('./gate/migration-gate.ts')).migrationGate,
  },
  prune: {
    summary: 'Remove backups that retention does not keep, and leftovers of unfinished runs',
    load: async () => (await import('./prune/prune.ts')).prune,
  },
}

/** Returns all commands, for these kinds of backup and with the inputs of these kinds of store. */
export function registryOf(lists: Lists): Registry {
  const registered = Object.entries(commands).map(([name, { summary, load }]) => {
    const loadWithStores = async (): Promise<Command> => {
      const command = await load()
      return withKindInputs(command, lists)
    }
    return [name, { summary, load: loadWithStores }]
  })
  return Object.fromEntries(registered)
}
