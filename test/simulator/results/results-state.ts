// State of the fake artifact service: runs, artifacts, the repository, and injected faults.
import type { Blobs } from './results-blobs.ts'

/** A workflow run, with the fields that artifacts refer to. */
export interface FakeRun {
  readonly id: number
  readonly event: string
  readonly path: string
  readonly branch: string
  /** ID of the repository from which the code comes. */
  readonly headRepository: number
}

export interface FakeArtifact {
  /** 0 until it is finalized: not listed. */
  id: number
  name: string
  runId: number
  mime: string
  blob: string
  bytes: number
  digest: string | undefined
  created: Date
  expires: Date
  expired: boolean
}

/** A replacement response: a status with headers and a body, a broken connection, or no response. */
type Instead = Answer | 'cut' | 'silence'

export interface ResultsService {
  readonly url: string
  readonly repository: { id: number; name: string; visibility: string; defaultBranch: string }
  /** Tests may change these; newest last. */
  readonly artifacts: FakeArtifact[]
  readonly runs: Map<number, FakeRun>
  readonly blobs: Blobs
  /** Every request as `GET /path?query`. */
  readonly calls: string[]
  /** Permission of the REST token for Actions. */
  actions: 'none' | 'read' | 'write'
  /** Maximum number of artifacts per job; 500 on GitHub. */
  mostPerJob: number
  /** Called before each request; what it returns replaces the response. */
  instead: ((request: { method: string; path: string }) => Instead | undefined) | undefined
  /** Registers a run; by default a scheduled one of the default branch. */
  addRun(changes?: Partial<FakeRun>): FakeRun
  /** Adds an artifact as if a run had uploaded it. */
  addArtifact(artifact: Partial<FakeArtifact> & { name: string; runId: number }, content?: Uint8Array): FakeArtifact
  /** The variables of a step with `uses:` of this run. */
  environment(run: FakeRun): Record<string, string>
  close(): Promise<void>
}

/** The token that the REST routes accept. */
export const restToken = 'ghs_restTokenOfTheTests'

/** A JSON response. */
export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
}
