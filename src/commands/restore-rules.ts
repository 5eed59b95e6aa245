// Rules across the inputs of `restore`, each broken one a sentence.
import { parseTableName } from '../domain/table-name.ts'
import type { Values } from '../inputs/kinds.ts'
import type { restoreInputs } from '../inputs/restore.ts'

type Given = Values<typeof restoreInputs>

const rules: readonly (readonly [broken: (given: Given) => boolean, sentence: string])[] = [
  [({ undo, strategy }) => undo && strategy !== 'swap', 'undo goes with strategy swap only'],
  [
    ({ undo, targetDatabase, targetSchema }) => undo && !!(targetDatabase ?? targetSchema),
    'undo takes no target-database or target-schema',
  ],
  [({ undo, table, schema }) => undo && table.length + schema.length > 0, 'undo takes no table or schema'],
  [
    ({ targetDatabase, targetSchema }) => targetDatabase !== undefined && targetSchema !== undefined,
    'give target-database or target-schema, not both',
  ],
  [
    ({ strategy, targetDatabase, targetSchema }) =>
      strategy === 'new' && targetDatabase === undefined && targetSchema === undefined,
    'strategy new needs target-database',
  ],
  [
    ({ strategy, targetDatabase }) => strategy !== 'new' && targetDatabase !== undefined,
    'target-database goes with strategy new',
  ],
  [
    ({ strategy, targetSchema }) => strategy === 'in-place' && targetSchema !== undefined,
    'target-schema does not go with strategy in-place',
  ],
  [
    ({ table, schema, targetSchema }) => targetSchema !== undefined && table.length + schema.length === 0,
    'target-schema needs table or schema: what should be in it',
  ],
  [
    ({ undo, table, schema, targetSchema, targetDatabase }) =>
      !undo && table.length + schema.length > 0 && targetSchema === undefined && targetDatabase === undefined,
    'table and schema need target-database or target-schema: a part never takes the place of the whole',
  ],
  [
    ({ skipSafetyBackup, strategy, kind }) => skipSafetyBackup && strategy !== 'in-place' && kind === 'platform',
    'skip-safety-backup goes with strategy in-place, or kinds tenant, redis and all',
  ],
  [
    ({ onError, strategy, targetSchema, kind }) =>
      onError !== 'stop' && (strategy === 'in-place' || targetSchema !== undefined || kind !== 'platform'),
    'on-error goes with kind platform and strategy swap or new',
  ],
  [({ onError, strategy }) => onError === 'accept' && strategy !== 'swap', 'on-error accept goes with strategy swap'],
  [
    ({ healthUrl }) => healthUrl !== undefined && !/^https?:$/.test(protocolOf(healthUrl)),
    'health-url must be an http or https URL',
  ],
  [({ targetDatabase, targetSchema }) => [targetDatabase, targetSchema].some(isNoName), 'a name has 1 to 63 bytes'],
]

export function rulesOfRestore(given: Given): string[] {
  const wrong = given.table.filter((text) => !parseTableName(text))
  return [
    ...rules.filter(([broken]) => broken(given)).map(([, sentence]) => sentence),
    ...wrong.map((text) => `table: ${JSON.stringify(text)} is not a name such as public.Product or "odd.schema"."table"`),
  ]
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}

function isNoName(name: string | undefined): boolean {
  return name !== undefined && (name === '' || Buffer.byteLength(name) > 63 || name.includes('\0'))
}
