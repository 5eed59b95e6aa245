// Substitutions for placeholders in documented commands, and the commands that no test runs.

/** Facts of one run of a page. */
interface PageFacts {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly s3: {
    readonly accessKey: string
    readonly secretKey: string
    readonly region: string
    readonly endpoint: string
  }
  readonly bucket: string
  readonly healthUrl: string
  /** ID of the latest backup of a kind; called only if a command names one. */
  readonly latest: (kind: 'platform' | 'redis') => string
}

/** Placeholder -> replacement, in the order in which they are applied. */
export function substitutions(facts: PageFacts): readonly (readonly [RegExp, () => string])[] {
  const { s3 } = facts
  const keys = `AWS_ACCESS_KEY_ID=${s3.accessKey} AWS_SECRET_ACCESS_KEY=${s3.secretKey}`
  const redis = new URL(facts.redisUrl)
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  return [
    [/AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_S3_REGION=\S+/, () => `${keys} AWS_S3_REGION=${s3.region}`],
    [/postgresql:\/\/resguardo:secret@db\.example\.com:5432\/shop/, () => facts.databaseUrl],
    [/postgresql:\/\/postgres@db\.example\.com\/postgres/, () => facts.databaseUrl.replace(/[^/]*$/, 'postgres')],
    [/redis:\/\/resguardo:secret@cache\.example\.com:6379/, () => facts.redisUrl],
    [/--redis-host cache\.example\.com/, () => `--redis-host ${redis.hostname} --redis-port ${redis.port}`],
    [/(?:cache\.example\.com|localhost):6379/, () => redis.host],
    [/s3:\/\/my-bucket\/resguardo/, () => `s3://${facts.bucket}/resguardo`],
    [/http:\/\/localhost:3000\/health/, () => facts.healthUrl],
    [/\b20\d{6}T\d{6}Z-redis-scheduled-7f3a9c/, () => facts.latest('redis')],
    [
      /\b20\d{6}T\d{6}Z(?:-platform-scheduled-7f3a9c|(?!-))|(?<=(?:sign|list|checksum) )(?:ID|20261124)\b/,
      () => facts.latest('platform'),
    ],
    // `--at` needs a time after the backup, and the test makes its backups today.
    [/(?<=--at )2026-11-\d\d(?:T02:00Z)?/, () => tomorrow],
    [/(?<=--until )2026-12-31/, () => '2126-12-31'],
    [/^resguardo completion$/, () => 'resguardo completion bash'],
    [/^resguardo upload$/, () => `AWS_S3_BUCKET=${facts.bucket} resguardo upload`],
    // Without REDIS_URL: in the documented procedure, the server is stopped while its RDB is replaced.
    [/^resguardo (?=restore .*--to-file)/, () => 'REDIS_URL= resguardo '],
    [/\/var\/backups/, () => './var-backups'],
    [/\bCOMMAND\b/, () => 'list'],
  ]
}

/** Pattern of a command -> shell line to run before it. */
export const before: readonly (readonly [RegExp, string])[] = [
  [
    / --target-database /,
    "psql -qd postgres -c 'DROP DATABASE IF EXISTS rescued' -c 'DROP DATABASE IF EXISTS shop_copy'",
  ],
  [/^resguardo restore tenant/, "psql -qd shop -c 'DROP SCHEMA IF EXISTS rescued CASCADE'"],
  [/^(head -c|jq) /, 'cd "$HOME"/backups/shop/20261124T020005Z'],
  [/^resguardo test-restore redis/, 'cd "$HOME"'],
  [/^resguardo restore all\b/, 'resguardo backup all'],
]

/** Expected exit codes other than 0: `doctor` reports that the test server has no append-only file. */
export const findings: readonly (readonly [RegExp, number])[] = [[/^resguardo doctor/, 3]]

const long = 'takes minutes, or is what runs these tests'
const network = 'downloads packages'
const gitHub = 'asks GitHub; test/services/artifact-*.test.ts run its commands against a stand-in'
const machine =
  'changes services and files of the machine; test/services/redis-file.test.ts does the same with a server of its own'
const user =
  'runs the project of the user; test/services/rehearsal.test.ts runs such commands with a project of its own'
const mention = 'names a command of somebody else'

/** Command -> reason why these tests do not run it. Each must be on a page. */
export const exceptions: Readonly<Record<string, string>> = {
  './scripts/demo': long,
  './scripts/test': long,
  './scripts/soak': long,
  './scripts/bench': long,
  './scripts/bench backup --megabytes 500': long,
  './scripts/bench --compare main backup drill': long,
  './scripts/bench --write backup': long,
  'npm run check': long,
  'npm run generate': long,
  'npm run build': long,
  'npm run test:services -- FILE': long,
  'npm run test:versions': long,
  'npm ci': network,
  'npm ci && npx prisma --version': network,
  'git clone … resguardo && cd resguardo && npm ci': network,
  'npx prisma migrate deploy': mention,
  'npx knex migrate:latest': mention,
  'export GITHUB_REPOSITORY=acme/shop GITHUB_TOKEN=$(gh auth token)': gitHub,
  'resguardo list --store artifact:': gitHub,
  'resguardo restore --store artifact: --strategy new --target-database shop_yesterday': gitHub,
  'resguardo migration-gate --expire': gitHub,
  "resguardo test-restore --setup-command 'npm ci' --migrate-command 'npx prisma migrate deploy'": user,
  'resguardo test-restore --setup-command "npm ci" --migrate-command "npx prisma migrate deploy"': user,
}

/** Like `exceptions`, by pattern, for lines whose comment or value may change. */
export const exceptionPatterns: readonly (readonly [RegExp, string])[] = [
  [/^gh api "repos\/acme\/shop/, gitHub],
  [/^sudo |^redis-cli (CONFIG SET|INFO persistence|SHUTDOWN)|^zstd -dc dump\.rdb\.zst \| sudo/, machine],
]
