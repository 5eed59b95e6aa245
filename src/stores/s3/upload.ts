// The requests of one multipart upload: begin, send parts, complete and confirm, or leave nothing behind.
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { Failure } from '../../domain/failures/failure.ts'
import { answerLost, type Connection } from './client.ts'
import { badDigest, etagSays, md5, multipartEtag } from './digests.ts'
import { s3Code, s3Failure } from './errors.ts'
import { aborting, encryption, head, place, storageClass } from './object.ts'
import { abortUpload, openUploads } from './unfinished.ts'

/**
 * Seconds that clean-up may take in all, that it waits for the answer to a beginning, and after which it looks again.
 */
const cleanUpLimit = 8
const beginWait = 3.5
const secondLookAfter = 0.5

/** One key being uploaded. Methods throw Failure; `abandon` never throws. */
export class Upload {
  readonly #connection: Connection
  readonly #key: string
  readonly #where: string
  readonly #md5s: Buffer[] = []
  readonly #etags: string[] = []
  /** Cancels beginning the upload; parts have the writer's own signal. */
  readonly #beginning = new AbortController()
  #id: Promise<string> | undefined
  #beginLost = false
  readonly #limit = new AbortController()
  /** How clean-up asks: until the limit. */
  readonly #cleaning = { attempts: 4, signal: this.#limit.signal }
  /** What may be visible under the key by now; certainly ours once an answer said so. */
  #visible: { etag: string; bytes: number; certain: boolean } | undefined

  constructor(connection: Connection, key: string) {
    this.#connection = connection
    this.#key = key
    this.#where = `${connection.address}/${key}`
  }

  /** Sends part `number` (from 1). The bytes must not change until it resolves. */
  async sendPart(number: number, body: Buffer, signal: AbortSignal): Promise<void> {
    this.#id ??= this.#begin()
    const id = await this.#id
    const digest = md5(body)
    this.#md5s[number - 1] = digest
    const input = { ...place(this.#connection, this.#key), UploadId: id, PartNumber: number, Body: body }
    this.#etags[number - 1] = await this.#connection.ask(
      `upload part ${number} of ${this.#where}`,
      async (client, sdk) => {
        const command = new sdk.UploadPartCommand({ ...input, ContentMD5: digest.toString('base64') })
        const answer = await client.send(command, aborting(signal))
        if (this.#etagSays(digest.toString('hex'), answer) === 'other') throw badDigest()
        return answer.ETag ?? ''
      },
      { signal },
    )
  }

  /** Makes the parts one object. Resolves to whether the store's digest of it equals ours. */
  async complete(bytes: number, signal: AbortSignal): Promise<boolean> {
    const expected = { etag: multipartEtag(this.#md5s), bytes }
    const Parts = this.#etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }))
    const input = { ...place(this.#connection, this.#key), UploadId: await this.#id, MultipartUpload: { Parts } }
    const visible = { ...expected, certain: false }
    this.#visible = visible
    let lost = false
    await this.#connection.ask(
      `complete ${this.#where}`,
      async (client, sdk) => {
        try {
          await client.send(new sdk.CompleteMultipartUploadCommand(input), aborting(signal))
          visible.certain = true
        } catch (thrown) {
          // An earlier attempt, whose answer was lost, has done it: what is there now decides.
          if (lost && s3Code(thrown) === 'NoSuchUpload') return
          lost ||= answerLost(thrown)
          throw thrown
        }
      },
      { signal },
    )
    const confirmed = this.#confirm(await head(this.#connection, this.#key, { signal }), expected)
    if (this.#beginLost) await this.#abortAllOfKey()
    return confirmed
  }

  /** Puts a small object in one request. Resolves to whether the store's digest equals ours. */
  async putWhole(body: Buffer, signal: AbortSignal): Promise<boolean> {
    const digest = md5(body)
    const etag = digest.toString('hex')
    const visible = { etag, bytes: body.length, certain: false }
    this.#visible = visible
    const input = {
      ...place(this.#connection, this.#key),
      ...encryption(this.#connection),
      ...storageClass(this.#connection),
    }
    const answer = await this.#connection.ask(
      `write ${this.#where}`,
      async (client, sdk) => {
        const command = new sdk.PutObjectCommand({ ...input, Body: body, ContentMD5: digest.toString('base64') })
        const put = await client.send(command, aborting(signal))
        visible.certain = true
        if (this.#etagSays(etag, put) === 'other') throw badDigest()
        return put
      },
      { signal },
    )
    return this.#etagSays(etag, answer) === 'same'
  }

  /**
   * Removes what was uploaded, the upload itself and, if `complete` or `putWhole` failed without an answer, the object.
   * The parts under way must have been cancelled; `partsSettled` resolves when they are over.
   */
  async abandon(partsSettled: Promise<unknown>): Promise<void> {
    const done = new AbortController()
    const limit = this.#connection.clock.sleep(cleanUpLimit, done.signal).then(
      () => this.#limit.abort(),
      () => undefined,
    )
    try {
      const id = await this.#settledId()
      await partsSettled
      if (this.#id) {
        if (id !== undefined) await abortUpload(this.#connection, this.#key, id, this.#cleaning)
        if (id === undefined || this.#beginLost) await this.#abortAllOfKey()
      }
      if (this.#visible) await this.#removeIfOurs(this.#visible)
    } catch {
      // Best effort: prune finds what is left by listing open uploads.
    }
    done.abort()
    await limit
  }

  async #begin(): Promise<string> {
    const input = {
      ...place(this.#connection, this.#key),
      ...encryption(this.#connection),
      ...storageClass(this.#connection),
    }
    const { signal } = this.#beginning
    const answer = await this.#connection.ask(
      `begin ${this.#where}`,
      async (client, sdk) => {
        try {
          return await client.send(new sdk.CreateMultipartUploadCommand(input), aborting(signal))
        } catch (thrown) {
          this.#beginLost ||= answerLost(thrown)
          throw thrown
        }
      },
      { signal },
    )
    if (!answer.UploadId)
      throw new Failure('s3/request-failed', `could not start ${this.#where}: the store returned no upload ID`)
    return answer.UploadId
  }

  /** The upload's id, waiting a little for a request under way so that its upload does not stay behind. */
  async #settledId(): Promise<string | undefined> {
    if (!this.#id) return undefined
    const id = this.#id.catch(() => undefined)
    const late = new AbortController()
    const known = await Promise.race([id, this.#connection.clock.sleep(beginWait, late.signal).catch(() => undefined)])
    late.abort()
    this.#beginning.abort()
    return known ?? undefined
  }

  /**
   * Where the answer to beginning was lost, the id is not known: keys are used once, so every upload of this key is
   * ours. The server may still be at it, so that a second look is worth its while.
   */
  async #abortAllOfKey(): Promise<void> {
    for (const delay of [0, secondLookAfter]) {
      await this.#connection.clock.sleep(delay)
      for await (const upload of openUploads(this.#connection, this.#key, this.#cleaning)) {
        if (upload.key === this.#key) await upload.remove()
      }
    }
  }

  async #removeIfOurs({ etag, bytes, certain }: { etag: string; bytes: number; certain: boolean }): Promise<void> {
    const there = await head(this.#connection, this.#key, this.#cleaning)
    if (!there) return
    if (!certain && (there.ContentLength !== bytes || this.#etagSays(etag, there) === 'other')) return
    await this.#connection.ask(
      `remove ${this.#where}`,
      (client, sdk) =>
        client.send(new sdk.DeleteObjectCommand(place(this.#connection, this.#key)), aborting(this.#cleaning.signal)),
      this.#cleaning,
    )
  }

  #confirm(there: HeadObjectCommandOutput | undefined, expected: { etag: string; bytes: number }): boolean {
    const doing = `confirm ${this.#where}`
    if (!there)
      throw s3Failure(Object.assign(new Error('the completed object does not exist'), { name: 'InvalidPart' }), doing)
    const says = this.#etagSays(expected.etag, there)
    if (there.ContentLength === expected.bytes && says !== 'other') return says === 'same'
    throw new Failure(
      'store/upload-mismatch',
      `${this.#where} differs from the uploaded bytes: ${there.ContentLength} bytes, ETag ${there.ETag}`,
      {
        hint: `Expected ${expected.bytes} bytes, ETag ${expected.etag}. The object does not count as stored. Run the backup again.`,
      },
    )
  }

  #etagSays(expected: string, answer: Parameters<typeof etagSays>[1]) {
    return etagSays(expected, answer, this.#connection.settings.sse)
  }
}
