// Inputs of a rehearsal: a migration that runs on the data that a drill restored.
import { parseConnectionVariable } from '../domain/connection-variables.ts'
import { inputTable, type Values } from './kinds.ts'

const group = 'Rehearsal'

export const rehearsalInputs = inputTable({
  'migrate-command': {
    kind: 'text',
    summary:
      'Migration command to rehearse on the restored data, such as npx prisma migrate deploy; its connection variables name the scratch server',
    group,
    placeholder: 'COMMAND',
  },
  'setup-command': {
    kind: 'text',
    summary:
      'Command that installs what the migration needs, such as npm ci; it has network access, and runs before any data is restored',
    group,
    placeholder: 'COMMAND',
  },
  'migrate-directory': {
    kind: 'text',
    summary: 'Checkout with the migration; both commands run in a copy of the files that git tracks',
    fallback: '.',
    group,
    placeholder: 'PATH',
  },
  'migrate-timeout': {
    kind: 'duration',
    summary: 'Maximum duration of setup-command, and of migrate-command',
    fallback: 1800,
    group,
  },
  'connection-variables': {
    kind: 'lines',
    summary:
      'More variables for the URL of the scratch server, in addition to DATABASE_URL, DIRECT_URL, PGHOST and others: NAME or NAME?schema=app',
    group,
    placeholder: 'NAME',
  },
  'rehearsal-confinement': {
    kind: 'choice',
    choices: ['required', 'none'],
    fallback: 'required',
    summary:
      'Sandbox of the migration. required: another user, no network except the scratch server. none: as this user, for trusted branches only',
    group,
  },
})

export type RehearsalValues = Values<typeof rehearsalInputs>

/** Returns a message for each violated rule across these inputs. */
export function checkRehearsal({ migrateCommand, setupCommand, connectionVariables }: RehearsalValues): string[] {
  const unnamed = connectionVariables.filter((text) => parseConnectionVariable(text) === undefined)
  return [
    ...(setupCommand !== undefined && migrateCommand === undefined ? ['--setup-command needs --migrate-command'] : []),
    ...unnamed.map((text) => `--connection-variables: ${JSON.stringify(text)} is not NAME or NAME?parameters`),
  ]
}
