// Opens an artifact store as a run of the fake GitHub does, or as a terminal does.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { type GitHubContext, gitHubContext } from '../../src/github/context.ts'
import type { Clock, Store } from '../../src/ports/common.ts'
import type { ArtifactSettings } from '../../src/stores/artifact/settings.ts'
import { openArtifactStore } from '../../src/stores/artifact/store.ts'
import { type FakeRun, type ResultsService, restToken } from '../simulator/results/results-service.ts'
import { fakeClock } from './fakes.ts'
import { realClock } from './real-clock.ts'

interface ArtifactRun {
  readonly store: Store
  readonly notes: string[]
  /** Folder in which uploads are staged; `forgetRuns` removes it. */
  readonly temporary: string
}

const folders: string[] = []

/**
 * Opens the store in a step of a run, and sets the variables of the artifact client library until `forgetRuns`.
 * `changes` override the runner's context, `settings` the user's settings.
 */
export function openInRun(
  service: ResultsService,
  run: FakeRun,
  changes: Partial<GitHubContext> = {},
  { clock = realClock, ...settings }: Partial<ArtifactSettings> & { clock?: Clock } = {},
): ArtifactRun {
  const environment = service.environment(run)
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const known = gitHubContext(environment)
  if (!known) throw new Error('the run knows no repository')
  const temporary = mkdtempSync(join(tmpdir(), 'resguardo-artifacts-'))
  folders.push(temporary)
  const notes: string[] = []
  const github = { ...known, ...changes }
  const store = openArtifactStore(
    { github, token: restToken, workflows: [], temporary, ...settings },
    { clock, note: (sentence) => void notes.push(sentence) },
  )
  return { store, notes, temporary }
}

interface TerminalOptions {
  readonly token?: string
  /** Default: a fake clock. */
  readonly clock?: Clock
  /** Receives the notes of the store. */
  readonly notes?: string[]
  readonly limits?: ArtifactSettings['limits']
}

/** Opens the store as a terminal does: with a token and the name of the repository. */
export function openFromTerminal(
  service: ResultsService,
  { token = restToken, clock = fakeClock(), notes = [], limits }: TerminalOptions = {},
): Store {
  const github = { repository: 'acme/shop', apiUrl: service.url, serverUrl: 'https://github.com', uploads: false }
  return openArtifactStore(
    { github, token, workflows: [], temporary: '/none', ...(limits && { limits }) },
    { clock, note: (text) => void notes.push(text) },
  )
}

/** Removes staged files and resets the environment variables. */
export function forgetRuns(): void {
  vi.unstubAllEnvs()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}
