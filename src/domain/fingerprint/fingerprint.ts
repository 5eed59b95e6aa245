// What the data looked like in the dump's snapshot, and how two such looks are compared.

/** One table's rows as COPY wrote them. */
export interface TableFingerprint {
  readonly schema: string
  readonly table: string
  readonly rows: number
  /**
   * SHA-256 (hex) of the COPY text stream, rows with their newlines, without the final `\.`; absent where only counts
   * are known.
   */
  readonly sha256?: string
  /** Bytes of that stream. */
  readonly bytes?: number
  /** The columns of the COPY statement in its order, unquoted; absent for a table without columns. */
  readonly columns?: readonly string[]
  /**
   * The partitioned table through which the dump loads this partition's rows, where a restore may put them into other
   * partitions (hash partitions on an enum, whose hash changes with every restore).
   */
  readonly root?: { readonly schema: string; readonly table: string }
  /**
   * With `root`, and for tables whose rows a restore may put into another order: the sum of the rows' SHA-256 (each
   * with its newline) modulo 2^256, hex; it does not depend on their order.
   */
  readonly rowSum?: string
}

export interface SequenceFingerprint {
  readonly schema: string
  readonly sequence: string
  /** Decimal text: a sequence holds 64 bits. */
  readonly value: string
  readonly called: boolean
}

export interface LargeObjectsFingerprint {
  readonly count: number
  readonly bytes: number
  /** SHA-256 (hex) over lines `<oid> <sha256 of the object>\n`, ascending by oid. */
  readonly sha256: string
}

/** The objects of one kind. */
export interface KindInventory {
  readonly count: number
  /** SHA-256 (hex) over the sorted lines `schema\tname\n`. */
  readonly sha256: string
  /** Absent for kinds with options that may hold a password. */
  readonly definitions?: {
    /** SHA-256 (hex) over lines with the SHA-256 of each definition, in the order of names. */
    readonly sha256: string
    /** The first eight digits of each of these digests, one after the other: they tell which definition differs. */
    readonly short: string
  }
}

/**
 * The objects of the catalogue, by kind as pg_dump's table of contents names it: `TABLE`, `INDEX`, `FK CONSTRAINT`,
 * `ACL`.
 */
export interface Inventory {
  readonly objects: Readonly<Record<string, KindInventory>>
}

/**
 * Uses of operators outside pg_catalog in views, constraints and other expressions, which a definition's text does not
 * always show: operator -> object -> how often.
 */
export type OperatorUses = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Fingerprint {
  /**
   * `content`: rows and SHA-256 of every table; `counts`: the archive's layout was unknown, only exact counts were
   * taken.
   */
  readonly covers: 'content' | 'counts'
  readonly tables: readonly TableFingerprint[]
  readonly sequences: readonly SequenceFingerprint[]
  readonly largeObjects?: LargeObjectsFingerprint
  readonly inventory?: Inventory
  readonly operators?: OperatorUses
}

/** One thing that is not as it was. */
export interface Difference {
  readonly what: 'table' | 'sequence' | 'large-objects' | 'inventory' | 'definition' | 'keys' | 'queue' | 'function'
  /** `public."Product"`-like display name, or the kind of object. */
  readonly name: string
  /** A whole sentence: `public.Product: 41 rows in the backup, 40 restored`. */
  readonly sentence: string
}
