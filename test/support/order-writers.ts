// An application that inserts orders all the time, and remembers which inserts the server acknowledged.
import pg from 'pg'

interface Acknowledged {
  readonly note: string
  /** OID of the database that has the row. */
  readonly database: number
}

interface Writers {
  /** Grows until `stop`. */
  readonly acknowledged: readonly Acknowledged[]
  stop(): Promise<void>
}

/** Starts three writers that insert into `public."Order"` and retry after an error. */
export function startWriters(url: string): Writers {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on('error', () => {})
  const acknowledged: Acknowledged[] = []
  let isStopped = false
  const write = async (writer: number) => {
    for (let n = 0; !isStopped; n += 1) {
      const note = `w${writer}-${n}`
      const answer = await pool
        .query(
          'INSERT INTO public."Order" (note) VALUES ($1) RETURNING (SELECT oid::int FROM pg_database WHERE datname = current_database()) AS oid',
          [note],
        )
        .catch(() => undefined)
      if (answer) acknowledged.push({ note, database: answer.rows[0].oid })
      else await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const writers = [write(1), write(2), write(3)]
  return {
    acknowledged,
    async stop() {
      isStopped = true
      await Promise.all(writers)
      await pool.end()
    },
  }
}
