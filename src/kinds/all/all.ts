// `--kind all`: a recovery point, which consists of backups of all kinds that one run makes together.
import type { KindChoice } from '../../commands/world.ts'
import { platform } from '../platform/kind.ts'
import { backUpAll, checkBackup } from './backup.ts'
import { backupInputs } from './backup-inputs.ts'
import { checkRestore, runRestore } from './restore.ts'
import { restoreInputs } from './restore-inputs.ts'

export const all: KindChoice = {
  name: 'all',
  backup: {
    summary: 'Back up database, tenants and Redis in one run, at one recovery point',
    subject: 'all of them in one run; Redis only if its address is set',
    inputs: backupInputs,
    main: platform.name,
    check: checkBackup,
    run: backUpAll,
  },
  restore: {
    summary: 'Restore database and Redis from backups of the same run',
    subject: 'database and Redis of the same run',
    inputs: restoreInputs,
    check: checkRestore,
    run: runRestore,
  },
}
