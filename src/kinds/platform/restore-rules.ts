// Rules across the inputs of a restore of a whole database: a sentence for each violation.
import { parseTableName } from '../../domain/fingerprint/table-name.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { RedisInputs } from '../../inputs/redis.ts'
import { noUrl } from '../../inputs/shared.ts'
import type { restoreInputs } from './restore-inputs.ts'

type Given = Values<typeof restoreInputs>

const rules: readonly (readonly [broken: (given: Given) => boolean, sentence: string])[] = [
  [({ undo, strategy }) => undo && strategy !== 'swap', '--undo needs --strategy swap'],
  [
    ({ undo, targetDatabase, targetSchema }) => undo && !!(targetDatabase ?? targetSchema),
    '--undo cannot be used together with --target-database or --target-schema',
  ],
  [
    ({ undo, table, schema }) => undo && table.length + schema.length > 0,
    '--undo cannot be used together with --table or --schema',
  ],
  [
    ({ targetDatabase, targetSchema }) => targetDatabase !== undefined && targetSchema !== undefined,
    '--target-database and --target-schema cannot be used together',
  ],
  [
    ({ strategy, targetDatabase, targetSchema }) =>
      strategy === 'new' && targetDatabase === undefined && targetSchema === undefined,
    '--strategy new needs --target-database',
  ],
  [
    ({ strategy, targetDatabase }) => strategy !== 'new' && targetDatabase !== undefined,
    '--target-database needs --strategy new',
  ],
  [
    ({ strategy, targetSchema }) => strategy === 'in-place' && targetSchema !== undefined,
    '--target-schema cannot be used together with --strategy in-place',
  ],
  [
    ({ table, schema, targetSchema }) => targetSchema !== undefined && table.length + schema.length === 0,
    '--target-schema needs --table or --schema',
  ],
  [
    ({ undo, table, schema, targetSchema, targetDatabase }) =>
      !undo && table.length + schema.length > 0 && targetSchema === undefined && targetDatabase === undefined,
    '--table and --schema need --target-database or --target-schema: a part never replaces the live database',
  ],
  [
    ({ skipSafetyBackup, strategy }) => skipSafetyBackup && strategy !== 'in-place',
    '--skip-safety-backup needs --strategy in-place, or another kind of backup',
  ],
  [
    ({ onError, strategy, targetSchema }) =>
      onError !== 'stop' && (strategy === 'in-place' || targetSchema !== undefined),
    '--on-error needs --strategy swap or new, and no --target-schema',
  ],
  [({ onError, strategy }) => onError === 'accept' && strategy !== 'swap', '--on-error accept needs --strategy swap'],
  [
    ({ targetDatabase, targetSchema }) => [targetDatabase, targetSchema].some(isNoName),
    '--target-database and --target-schema: a name has 1 to 63 bytes',
  ],
]

export function rulesOfRestore(given: Given): string[] {
  const wrong = given.table.filter((text) => !parseTableName(text))
  return [
    ...(given.databaseUrl === undefined ? [noUrl + otherKind(given)] : []),
    ...rules.filter(([broken]) => broken(given)).map(([, sentence]) => sentence),
    ...wrong.map(
      (text) => `--table: ${JSON.stringify(text)} is not a table name such as public.Product or "odd.schema"."table"`,
    ),
  ]
}

/** If only Redis is configured, the kind may have been forgotten. */
function otherKind(given: Given & Partial<RedisInputs>): string {
  const { redisUrl, redisHost } = given
  return redisUrl === undefined && redisHost === undefined ? '' : '; to restore Redis, use --kind redis'
}

function isNoName(name: string | undefined): boolean {
  return name !== undefined && (name === '' || Buffer.byteLength(name) > 63 || name.includes('\0'))
}
