// What GitHub knows of artifacts in tests: runs, artifacts, the repository, and what is to go wrong.
import type { Blobs } from './results-blobs.ts'

/** A workflow run, as far as artifacts know of it. */
export interface FakeRun {
  readonly id: number
  readonly event: string
  readonly path: string
  readonly branch: string
  /** Id of the repository whose code runs. */
  readonly headRepository: number
}

export interface FakeArtifact {
  /** 0 until it is finalized: nobody sees it. */
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
  /** What the REST token may do with Actions. */
  actions: 'none' | 'read' | 'write'
  /** Artifacts that one job may make; GitHub says 500. */
  mostPerJob: number
  /** Looked at before each request. */
  instead: ((request: { method: string; path: string }) => Instead | undefined) | undefined
  /** Registers a run; by default a scheduled one of the default branch. */
  addRun(changes?: Partial<FakeRun>): FakeRun
  /** Puts an artifact there as if a run had uploaded it. */
  addArtifact(artifact: Partial<FakeArtifact> & { name: string; runId: number }, content?: Uint8Array): FakeArtifact
  /** The variables that a step with `uses:` of this run has. */
  environment(run: FakeRun): Record<string, string>
  close(): Promise<void>
}

/** The token that the REST routes take. */
export const restToken = 'ghs_restTokenOfTheTests'

/** An answer in JSON. */
export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
}
