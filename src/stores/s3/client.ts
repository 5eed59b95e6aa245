// The connection to S3: the SDK, loaded when first needed, and requests with retries and increasing waits.

import { createHash } from 'node:crypto'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { Failure } from '../../domain/failures/failure.ts'
import { throwIfAborted } from '../../domain/failures/interruption.ts'
import { Outage } from '../../domain/failures/outage.ts'
import type { StoreTools } from '../../ports/store.ts'
import { withDeadline } from '../../streams/time-limits.ts'
import { requestHandler } from './agents.ts'
import { httpStatus, isPassing, s3Failure } from './errors.ts'
import { defaultPatience, type RetryPolicy, type S3Settings } from './settings.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  readonly attempts?: number
  /** The outage of a download, shared by its requests. */
  readonly outage?: Outage
}

export type S3Request<T> = (client: S3Client, sdk: Sdk) => Promise<T>

/** The connection to one bucket. It connects at the first use. */
export interface Connection {
  readonly settings: S3Settings
  readonly patience: RetryPolicy
  readonly clock: StoreTools['clock']
  /** The name of the store in messages: `s3://bucket/prefix`. */
  readonly address: string
  /** Runs a request. Retries transient errors with increasing waits; throws errors unchanged, for `s3Failure`. */
  attempt<T>(doing: string, request: S3Request<T>, options?: RequestOptions): Promise<T>
  /** As `attempt`, with errors as Failures. */
  ask<T>(doing: string, request: S3Request<T>, options?: RequestOptions): Promise<T>
  /** Reports the reason and waits before the next attempt. */
  pause(doing: string, thrown: unknown, delay: number, signal?: AbortSignal): Promise<void>
}

export function connect(settings: S3Settings, world: StoreTools): Connection {
  const patience = { ...defaultPatience, ...settings.patience }
  const address = `s3://${settings.bucket}${settings.prefix === '' ? '' : `/${settings.prefix}`}`
  let isDown = false
  let loaded: Promise<{ client: S3Client; sdk: Sdk }> | undefined

  const connection: Connection = {
    settings,
    patience,
    clock: world.clock,
    address,
    async attempt(doing, request, { signal, attempts = patience.attempts, outage = new Outage(patience) } = {}) {
      loaded ??= load(settings, patience)
      const { client, sdk } = await loaded
      for (;;) {
        throwIfAborted(signal)
        const began = world.clock.seconds()
        try {
          const answer = await request(client, sdk)
          isDown = false
          return answer
        } catch (thrown) {
          throwIfAborted(signal)
          if (!isPassing(thrown)) throw thrown
          // After a store has failed, each later request, such as cleanup, makes one attempt.
          const delay = outage.next(world.clock.seconds() - began, Math.random(), isDown ? 1 : attempts)
          isDown ||= delay === undefined && attempts === patience.attempts
          if (delay === undefined) throw thrown
          await connection.pause(doing, thrown, delay, signal)
        }
      }
    },
    async ask(doing, request, options) {
      try {
        return await connection.attempt(doing, request, options)
      } catch (thrown) {
        throw s3Failure(thrown, doing)
      }
    },
    async pause(doing, thrown, delay, signal) {
      world.note?.(`${s3Failure(thrown, doing).message}. Trying again in ${delay.toFixed(1)} s.`)
      await world.clock.sleep(delay, signal).catch((reason: unknown) => {
        throwIfAborted(signal)
        throw reason
      })
    },
  }
  return connection
}

/** Whether there was no conclusive answer, so that the request may have been carried out anyway. */
export function answerLost(thrown: unknown): boolean {
  const status = httpStatus(thrown)
  return !(thrown instanceof Failure) && (status === undefined || status >= 500 || status < 300)
}

async function load(settings: S3Settings, patience: RetryPolicy): Promise<{ client: S3Client; sdk: Sdk }> {
  const sdk = await import('@aws-sdk/client-s3')
  try {
    const client = new sdk.S3Client(clientConfig(settings, patience))
    addContentMd5(client)
    limitAnswers(client, patience)
    return { client, sdk }
  } catch (thrown) {
    throw s3Failure(thrown, `connect to s3://${settings.bucket}`)
  }
}

function clientConfig(settings: S3Settings, patience: RetryPolicy): S3ClientConfig {
  const { endpoint, region, credentials } = settings
  const own = endpoint !== undefined
  return {
    // `attempt` retries instead: it uses `world.clock` and reports each retry.
    maxAttempts: 1,
    followRegionRedirects: !own,
    forcePathStyle: settings.pathStyle ?? own,
    // The SDK's own CRC32 is refused by several S3-compatible servers (aws-sdk-js-v3#6810); we send and compare MD5.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: requestHandler(patience),
    ...(own && { endpoint }),
    ...(region !== undefined ? { region } : own && { region: 'us-east-1' }),
    ...(credentials && {
      credentials: typeof credentials === 'function' ? async () => ({ ...(await credentials()) }) : { ...credentials },
    }),
  }
}

/** In bytes. Requests with larger bodies have no deadline. */
const smallBody = 64 << 10
/** Seconds: while S3 assembles the parts of an upload, it sends whitespace for up to several minutes. */
const secondsToAssemble = 600

/** The SDK limits only the time without traffic, so a server that sends single bytes could delay it without end. */
function limitAnswers(client: S3Client, { answerTimeout }: RetryPolicy): void {
  type Send = (
    command: { readonly input: object },
    options?: { readonly abortSignal?: AbortSignal },
  ) => Promise<unknown>
  const send = client.send.bind(client) as unknown as Send
  const limited: Send = (command, options) => {
    const { Body, MultipartUpload } = command.input as { readonly Body?: unknown; readonly MultipartUpload?: unknown }
    if (Body !== undefined && !(Body instanceof Uint8Array && Body.length <= smallBody)) return send(command, options)
    const seconds = MultipartUpload === undefined ? answerTimeout : secondsToAssemble
    const late = () => Object.assign(new Error(`no complete answer within ${seconds} s`), { name: 'TimeoutError' })
    const sending = (abortSignal: AbortSignal) => send(command, { ...options, abortSignal })
    return withDeadline(seconds, sending, late, options?.abortSignal)
  }
  Object.assign(client, { send: limited })
}

/**
 * DeleteObjects must have a digest. Older servers accept only Content-MD5, but the SDK sends CRC32. Replaces one by the
 * other, as the SDK's own guide describes (supplemental-docs/MD5_FALLBACK.md).
 */
function addContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request = args.request as { headers?: Record<string, string>; body?: unknown }
      if (context.commandName === 'DeleteObjectsCommand' && request.headers) {
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter(([name]) => !/^x-amz-(checksum-|sdk-checksum-algorithm)/i.test(name)),
        )
        const body = request.body as string | Uint8Array
        request.headers = { ...headers, 'Content-MD5': createHash('md5').update(body).digest('base64') }
      }
      return next(args)
    },
    { step: 'build', priority: 'low', name: 'contentMd5' },
  )
}
