// `list` and `prune --dry-run` over 10,000 backups: seconds for a directory, requests for S3.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stamp } from '../../src/domain/backup.ts'
import { interleave, type Measured, median, type Part, resguardo, table } from './measure.ts'

const backups = 10_000
const files = ['SHA256SUMS', 'database.dump.zst', 'globals.sql.zst', 'manifest.json']
const hour = 3_600_000

export const benchCatalogue: Part = async ({ root, rounds }) => {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-bench-catalogue-'))
  const keys = Array.from({ length: backups }, (_, index) => {
    const id = `${stamp(new Date(Date.now() - (index + 1) * hour))}-platform-scheduled-${index.toString(16).padStart(6, '0')}`
    return files.map((file) => `shop/${id}/${file}`)
  }).flat()
  const s3 = await listingServer([...keys].sort())
  try {
    for (const key of keys) {
      if (key.endsWith(files[0] ?? '')) await mkdir(join(folder, key, '..'), { recursive: true })
      await writeFile(join(folder, key), 'x')
    }
    const environment = {
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_S3_ENDPOINT: s3.endpoint,
      AWS_S3_REGION: 'us-east-1',
    }
    const requests = async (...parameters: string[]): Promise<number> => {
      s3.listed = 0
      await resguardo(root, [...parameters, '--json', '--store', 's3://bucket'], environment)
      return s3.listed
    }
    const inFolder = (...parameters: string[]) => resguardo(root, [...parameters, '--json', '--backup-dir', folder])
    const results = await interleave<Measured>(rounds, {
      list: () => inFolder('list'),
      prune: () => inFolder('prune', '--dry-run'),
    })
    const seconds = (name: string): string => median((results.get(name) ?? []).map((timed) => timed.seconds)).toFixed(2)
    const most = 1 + Math.ceil(keys.length / 1000)
    return table(
      ['what', 'directory, seconds', 'bar', 'S3, list requests', 'bar'],
      [
        ['`list`', seconds('list'), '< 2', String(await requests('list')), `≤ ${most}`],
        ['`prune --dry-run`', seconds('prune'), '< 2', String(await requests('prune', '--dry-run')), `≤ ${most}`],
      ],
    )
  } finally {
    s3.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Answers ListObjectsV2 as S3 does, a thousand keys a page, and counts how often; everything else is answered with nothing. */
async function listingServer(keys: readonly string[]): Promise<{ endpoint: string; listed: number; close(): void }> {
  const state = { endpoint: '', listed: 0, close: () => void server.close() }
  const modified = new Date().toISOString()
  const server = createServer((request, answer) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    answer.setHeader('content-type', 'application/xml')
    if (url.searchParams.has('uploads'))
      return void answer.end('<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>')
    if (url.searchParams.get('list-type') !== '2') return void answer.end()
    const prefix = url.searchParams.get('prefix') ?? ''
    const from = Number(url.searchParams.get('continuation-token') ?? 0)
    const most = Number(url.searchParams.get('max-keys') ?? 1000)
    if (most > 1) state.listed += 1
    const fitting = keys.filter((key) => key.startsWith(prefix))
    const page = fitting.slice(from, from + Math.min(most, 1000))
    const next = from + page.length
    const more = next < fitting.length
    const contents = page.map(
      (key) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>${modified}</LastModified><ETag>"x"</ETag></Contents>`,
    )
    answer.end(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}${contents.join('')}</ListBucketResult>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
