// Converts PostgreSQL's errors during the restore of a tenant to Failures with a hint.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../../domain/failures/failure-codes.ts'
import { explainPostgres } from '../../connection/errors.ts'

export function explainRestore(error: unknown, where: string, request: { readonly as?: string }): Failure {
  if (error instanceof Failure) return error
  const said = error as Partial<pg.DatabaseError>
  const { code = '' } = said
  const what = [said.message, said.detail, said.where].filter(Boolean).join(' · ').replaceAll(/\s+/g, ' ').slice(0, 600)
  const fail = (failure: FailureCode, sentence: string, hint: string): Failure =>
    new Failure(failure, `${sentence}: ${what}`, { hint, cause: error })
  if (code === '23503') {
    return /still referenced/.test(said.detail ?? '')
      ? fail(
          'tenant/broken-reference',
          "rows of other tables refer to the tenant's rows, so the restore was rolled back",
          'Use --mode merge, which changes rows and removes none. Or remove those rows, or assign their table to tenants with --tenant-rule and back up again.',
        )
      : fail(
          'tenant/broken-reference',
          'a row of the backup refers to a missing row, so the restore was rolled back',
          'If the missing row belongs to another tenant (a parent), restore that tenant first. If tenants share it, back up and restore with --include-shared.',
        )
  }
  if (code === '23505' || code === '23P01') {
    return fail(
      'tenant/rows-taken',
      'a row of the backup conflicts with a row of another tenant or of no tenant, so the restore was rolled back',
      request.as === undefined
        ? 'Another row now has that key or value. Change it there, or restore into another database.'
        : 'A copy cannot repeat unique values. Change the original temporarily, or restore into another database. For primary keys, use --remap-keys.',
    )
  }
  if (code.startsWith('23')) {
    return fail(
      'tenant/constraint-violated',
      'a row of the backup violates a constraint, so the restore was rolled back',
      'The constraint is newer than the backup, or was not valid then. Drop it for the restore, or correct the row.',
    )
  }
  if (code.startsWith('22')) {
    return fail(
      'tenant/zip-damaged',
      'could not parse a value of the backup, so the restore was rolled back',
      'The type of the column has changed since the backup, or another program made the ZIP.',
    )
  }
  if (code === '40P01' || code === '40001') {
    return fail(
      'postgres/deadlock',
      'deadlock with other sessions, so the restore was rolled back',
      'Run again when the tenant is not in use.',
    )
  }
  if (/row-level security/.test(said.message ?? '')) {
    return fail(
      'postgres/row-security',
      'row-level security hides rows from this role',
      'Restore as the owner of the tables (without FORCE ROW LEVEL SECURITY), or as a role with BYPASSRLS.',
    )
  }
  if (code === '42501') {
    return fail(
      'postgres/permission-denied',
      `the role lacks a privilege on ${where}`,
      'Restore as the owner of the tables. A restore reads, inserts and deletes rows, advances sequences, and disables triggers with --triggers off.',
    )
  }
  return explainPostgres(error, where)
}
