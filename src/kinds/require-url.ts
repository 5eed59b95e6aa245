// Returns the database URL, which an input rule has already required.
import { Failure } from '../domain/failures/failure.ts'

export function requireUrl({ databaseUrl }: { readonly databaseUrl: string | undefined }): string {
  if (databaseUrl !== undefined) return databaseUrl
  throw new Failure('internal/bug', 'no input rule required the database URL')
}
