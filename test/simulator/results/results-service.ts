// GitHub's artifact services on a loopback port: the upload service (Twirp), its blob storage, and REST.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerBlob } from './results-blobs.ts'
import { answerRest } from './results-rest.ts'
import type { Answer, FakeArtifact, ResultsService } from './results-state.ts'

export type { FakeArtifact, FakeRun, ResultsService } from './results-state.ts'
export { restToken } from './results-state.ts'

const day = 86_400_000

/** Starts the service on a free loopback port. */
export async function startResultsService(): Promise<ResultsService> {
  let nextId = 1
  let nextRun = 9001
  const server = createServer((request, response) => {
    answer(service, request, response).catch((error: unknown) =>
      send(response, { status: 500, body: { msg: String(error) } }),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const service: ResultsService & { finalize(artifact: FakeArtifact): void } = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repository: { id: 77, name: 'acme/shop', visibility: 'private', defaultBranch: 'main' },
    artifacts: [],
    runs: new Map(),
    blobs: { contents: new Map(), types: new Map(), parts: new Map(), cutAfter: undefined, ranges: true },
    calls: [],
    actions: 'write',
    mostPerJob: 500,
    instead: undefined,
    finalize(artifact) {
      artifact.id = nextId
      artifact.created = new Date()
      nextId += 1
    },
    addRun(changes = {}) {
      const run = {
        id: nextRun,
        event: 'schedule',
        path: '.github/workflows/backup.yml',
        branch: 'main',
        headRepository: 77,
        ...changes,
      }
      nextRun += 1
      service.runs.set(run.id, run)
      return run
    },
    addArtifact(given, content = Buffer.from('x')) {
      const created = new Date()
      const blob = `added-${nextId}`
      const artifact = {
        id: nextId,
        mime: 'application/octet-stream',
        blob,
        bytes: content.length,
        digest: undefined,
        created,
        expires: new Date(created.getTime() + 90 * day),
        expired: false,
        ...given,
      }
      nextId += 1
      service.blobs.contents.set(blob, Buffer.from(content))
      service.blobs.types.set(blob, artifact.mime)
      service.artifacts.push(artifact)
      return artifact
    },
    environment: (run) => ({
      ACTIONS_RESULTS_URL: `${service.url}/`,
      ACTIONS_RUNTIME_TOKEN: runtimeToken(run.id),
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: service.url,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: service.repository.name,
      GITHUB_REPOSITORY_ID: String(service.repository.id),
      GITHUB_RUN_ID: String(run.id),
      GITHUB_REF: `refs/heads/${run.branch}`,
      GITHUB_EVENT_NAME: run.event,
    }),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return service
}

type Service = ResultsService & { finalize(artifact: FakeArtifact): void }

async function answer(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request
  service.calls.push(`${method} ${url}`)
  const instead = service.instead?.({ method, path: url })
  if (instead === 'silence') return
  if (instead === 'cut') return void request.socket.resetAndDestroy()
  if (instead) {
    await readText(request)
    return send(response, { body: { message: 'on cue', msg: 'on cue' }, ...instead })
  }
  const at = new URL(url, service.url)
  const twirp = /^\/twirp\/github\.actions\.results\.api\.v1\.ArtifactService\/(\w+)$/.exec(at.pathname)?.[1]
  if (twirp !== undefined) return send(response, await answerTwirp(service, twirp, request))
  if (at.pathname.startsWith('/blob/')) return answerBlob(service.blobs, at, request, response)
  send(response, answerRest(service, at, request))
}

/**
 * Answers the two methods of an upload. Fields are in snake case, 64-bit numbers are strings, as in protobuf's JSON.
 */
async function answerTwirp(service: Service, method: string, request: IncomingMessage): Promise<Answer> {
  const asked = JSON.parse(await readText(request)) as Record<string, string>
  const runId = runOf(request)
  if (runId === undefined) return { status: 401, body: { code: 'unauthenticated', msg: 'bad runtime token' } }
  const named = service.artifacts.find((each) => each.runId === runId && each.name === asked.name)
  if (method === 'CreateArtifact') {
    if (named) {
      return {
        status: 409,
        body: { code: 'already_exists', msg: 'an artifact with this name already exists on the workflow run' },
      }
    }
    if (service.artifacts.filter((each) => each.runId === runId).length >= service.mostPerJob) {
      return { status: 400, body: { code: 'invalid_argument', msg: 'artifact count limit exceeded for this job' } }
    }
    const blob = `${runId}-${service.artifacts.length}-${Math.random().toString(36).slice(2)}`
    const expires = asked.expires_at === undefined ? new Date(Date.now() + 90 * day) : new Date(asked.expires_at)
    const { name = '', mime_type: mime = '' } = asked
    const unset = { id: 0, bytes: 0, digest: undefined, created: new Date(0), expired: false }
    service.artifacts.push({ ...unset, name, runId, mime, blob, expires })
    return { status: 200, body: { ok: true, signed_upload_url: `${service.url}/blob/${blob}?sig=uploadSignature` } }
  }
  if (method === 'FinalizeArtifact' && named) {
    // Protobuf's JSON omits zeros.
    named.bytes = Number(asked.size ?? 0)
    named.digest = asked.hash
    service.finalize(named)
    return { status: 200, body: { ok: true, artifact_id: String(named.id) } }
  }
  return { status: 404, body: { code: 'not_found', msg: method } }
}

/** A runner's token contains run and job in its scopes. */
function runtimeToken(runId: number): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const claims = { scp: `Actions.ExampleScope Actions.Results:backend-${runId}:job-${runId}`, exp: 4_102_444_800 }
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.signature`
}

function runOf(request: IncomingMessage): number | undefined {
  const claims = request.headers.authorization?.split('.')[1] ?? ''
  const found = /Actions\.Results:backend-(\d+):/.exec(Buffer.from(claims, 'base64url').toString())?.[1]
  return found === undefined ? undefined : Number(found)
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
}
