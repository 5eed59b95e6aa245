// Inputs of a rehearsal: a migration tried on the data that a drill restores.
import { parseConnectionVariable } from '../domain/connection-variables.ts'
import { inputTable, type Values } from './kinds.ts'

const group = 'Rehearsal'

export const rehearsalInputs = inputTable({
  'migrate-command': {
    kind: 'text',
    summary:
      'A migration to rehearse on the restored data, such as npx prisma migrate deploy; its connection variables point at scratch',
    group,
    placeholder: 'COMMAND',
  },
  'setup-command': {
    kind: 'text',
    summary: 'What installs beforehand, such as npm ci: with the network, before there is any data',
    group,
    placeholder: 'COMMAND',
  },
  'migrate-directory': {
    kind: 'text',
    summary: 'The checkout: both commands run in a copy of what git tracks in it',
    fallback: '.',
    group,
    placeholder: 'PATH',
  },
  'migrate-timeout': {
    kind: 'duration',
    summary: 'How long each of the two commands may take',
    fallback: 1800,
    group,
  },
  'connection-variables': {
    kind: 'lines',
    summary:
      'More variables that get the URL of scratch, beside DATABASE_URL, DIRECT_URL and PGHOST and the like: NAME, or NAME?schema=app',
    group,
    placeholder: 'NAME',
  },
  'rehearsal-confinement': {
    kind: 'choice',
    choices: ['required', 'none'],
    fallback: 'required',
    summary: 'required: as another user, without network but scratch. none: as this user, for branches that are trusted',
    group,
  },
})

export type RehearsalValues = Values<typeof rehearsalInputs>

/** Rules across these inputs. */
export function checkRehearsal({ migrateCommand, setupCommand, connectionVariables }: RehearsalValues): string[] {
  const unnamed = connectionVariables.filter((text) => parseConnectionVariable(text) === undefined)
  return [
    ...(setupCommand !== undefined && migrateCommand === undefined ? ['setup-command goes with migrate-command'] : []),
    ...unnamed.map((text) => `connection-variables: ${JSON.stringify(text)} is not NAME or NAME?parameters`),
  ]
}
