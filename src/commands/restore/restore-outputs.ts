// The outputs of `restore`, the same for all kinds of backup.
export const outputsOfRestore = {
  'backup-id': 'ID of the restored backup; with --undo, of the backup that had been restored',
  database: 'Database that now has the data',
  'kept-database': 'Database that was live before, kept for --undo',
  seconds: 'Duration of the restore in seconds',
  'closed-seconds': 'Seconds during which the live database accepted no connections',
  'safety-backup-id': 'ID of the safety backup',
} as const
