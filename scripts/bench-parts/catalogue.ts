// `list` and `prune --dry-run` over 10,000 backups: seconds for a directory, requests for S3.
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stamp } from '../../src/domain/backups/backup.ts'
import type { Line, Session } from './contest.ts'
import { type ListingServer, listingServer } from './listing-server.ts'
import { withFolder } from './server.ts'

const backups = 10_000
const files = ['SHA256SUMS', 'database.dump.zst', 'globals.sql.zst', 'manifest.json']
const hour = 3_600_000

/** Requests that list every key: a thousand keys per page, and one that checks whether the bucket can be reached. */
const requests = 1 + (backups * files.length) / 1000

/** Creates one backup per hour until now in a folder, with files older than a year. Returns their keys in order. */
export async function hourlyBackups(folder: string, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => {
    const id = `${stamp(new Date(Date.now() - (index + 1) * hour))}-platform-scheduled-${index.toString(16).padStart(6, '0')}`
    return files.map((file) => `shop/${id}/${file}`)
  }).flat()
  const written = new Date(Date.now() - 400 * 24 * hour)
  for (const key of keys) {
    if (key.endsWith(files[0] ?? '')) await mkdir(join(folder, key, '..'), { recursive: true })
    await writeFile(join(folder, key), 'x')
    await utimes(join(folder, key), written, written)
  }
  return keys.sort()
}

/** Environment variables that configure the server for the command line. */
export function environmentFor({ endpoint }: ListingServer): Record<string, string> {
  const region = 'us-east-1'
  return { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_S3_ENDPOINT: endpoint, AWS_S3_REGION: region }
}

export const benchCatalogue = ({ contest }: Session): Promise<void> =>
  withFolder(async (folder) => {
    const keys = await hourlyBackups(folder, backups)
    const s3 = await listingServer(keys)
    const environment = environmentFor(s3)
    try {
      await contest({
        async ours({ resguardo }) {
          const inFolder = (...parameters: string[]) => resguardo([...parameters, '--json', '--backup-dir', folder])
          const inBucket = async (...parameters: string[]) => {
            s3.listed = 0
            const done = await resguardo([...parameters, '--json', '--store', 's3://bucket'], environment)
            return { ...done, requests: s3.listed }
          }
          return {
            list: () => inFolder('list'),
            prune: () => inFolder('prune', '--dry-run'),
            'list S3': () => inBucket('list'),
            'prune S3': () => inBucket('prune', '--dry-run'),
          }
        },
        lines: [
          { what: '`list` of a directory', contender: 'list', bars: { value: 2 } },
          { what: '`prune --dry-run` of a directory', contender: 'prune', bars: { value: 2 } },
          { what: '`list` of a bucket', contender: 'list S3', ...counted },
          { what: '`prune --dry-run` of a bucket', contender: 'prune S3', ...counted },
        ],
      })
    } finally {
      s3.close()
    }
  })

const counted: Pick<Line, 'unit' | 'sampleOf' | 'bars'> = {
  unit: 'requests',
  sampleOf: (measured) => ('requests' in measured ? Number(measured.requests) : 0),
  bars: { value: requests },
}
