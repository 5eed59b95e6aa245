// Peak memory of the node process, to a directory and to S3, for a small and a large database.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startS3Server } from '../../test/support/s3-server.ts'
import { interleave, median, type Part, resguardo, table, withServer } from './measure.ts'

const small = 250
const large = 2000

export const benchMemory: Part = ({ root, rounds }) =>
  withServer(async ({ folder, sample }) => {
    const s3 = await startS3Server()
    try {
      const bucket = await s3.makeBucket()
      const urls: Record<number, string> = { [small]: await sample(small), [large]: await sample(large) }
      const target = join(folder, 'backups')
      const keys = {
        AWS_ACCESS_KEY_ID: s3.accessKey,
        AWS_SECRET_ACCESS_KEY: s3.secretKey,
        AWS_S3_ENDPOINT: s3.endpoint,
        AWS_S3_REGION: 'us-east-1',
      }
      const run = (megabytes: number, store: string) => async () => {
        const done = await resguardo(root, ['backup', '--json', '--name', 'bench', '--store', store], {
          DATABASE_URL: urls[megabytes] ?? '',
          ...keys,
        })
        await rm(target, { recursive: true, force: true })
        return done.peakMegabytes
      }
      const stores = { directory: `file:${target}`, S3: `s3://${bucket}/bench` }
      const contenders = Object.entries(stores).flatMap(([name, store]) =>
        [small, large].map((size) => [`${name} ${size}`, run(size, store)] as const),
      )
      const results = await interleave(rounds, Object.fromEntries(contenders))
      const peak = (name: string): number => median(results.get(name) ?? [])
      return table(
        ['store', `${small} MB`, `${large} MB`, 'ratio', 'bar'],
        Object.keys(stores).map((name) => {
          const [a, b] = [peak(`${name} ${small}`), peak(`${name} ${large}`)]
          return [name, `${a.toFixed(0)} MB`, `${b.toFixed(0)} MB`, (b / a).toFixed(2), '≤ 180 MB, ≤ 1.10']
        }),
      )
    } finally {
      await s3.stop()
    }
  })
