// Peak memory of the node process, to a directory and to S3, for a small and a large database.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startS3Server } from '../../test/support/s3-server.ts'
import type { Line, Revision, Session } from './contest.ts'
import { withServer } from './server.ts'

const small = 250
const large = 2000

export const benchMemory = ({ contest }: Session): Promise<void> =>
  withServer(async ({ sample }) => {
    const s3 = await startS3Server()
    try {
      const bucket = await s3.makeBucket()
      const urls: Record<number, string> = { [small]: await sample(small), [large]: await sample(large) }
      const keys = {
        AWS_ACCESS_KEY_ID: s3.accessKey,
        AWS_SECRET_ACCESS_KEY: s3.secretKey,
        AWS_S3_ENDPOINT: s3.endpoint,
        AWS_S3_REGION: 'us-east-1',
      }
      const ours = async ({ folder, resguardo }: Revision) => {
        const run = (megabytes: number, store: string) => async () => {
          const done = await resguardo(['backup', '--json', '--name', 'bench', '--store', store], {
            DATABASE_URL: urls[megabytes] ?? '',
            ...keys,
          })
          await rm(join(folder, 'bench'), { recursive: true, force: true })
          return done
        }
        const stores = { directory: `file:${folder}`, S3: `s3://${bucket}/bench` }
        return Object.fromEntries(
          Object.entries(stores).flatMap(([name, store]) =>
            [small, large].map((megabytes) => [`${name} ${megabytes}`, run(megabytes, store)] as const),
          ),
        )
      }
      await contest({ ours, lines: ['directory', 'S3'].flatMap(linesOf) })
    } finally {
      await s3.stop()
    }
  })

function linesOf(store: string): Line[] {
  const line = (megabytes: number) => ({
    what: `backup of ${megabytes} MB to ${store}`,
    contender: `${store} ${megabytes}`,
    unit: 'MB' as const,
    sampleOf: ({ peakMegabytes }: { peakMegabytes: number }) => peakMegabytes,
  })
  return [line(small), { ...line(large), rival: `${store} ${small}`, bars: { ratio: 1.1, peakMegabytes: 180 } }]
}
