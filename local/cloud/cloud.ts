/** The cloud in this process: DynamoDB, SQS, Scheduler, SES v2 and text messages as far as Premura calls them, on one database. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { DirectAnswer, HttpHandler, ServiceName } from '../../aws/clients.ts'
import { tableDefinition } from '../../aws/dynamodb.ts'
import { attribute } from '../../aws/row.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { MessageTags } from '../../runtime/ports.ts'
import { DynamoDb } from './dynamodb.ts'
import type { Faults } from './faults.ts'
import { FifoQueue, type QueueDelivery } from './fifo.ts'
import { Mailbox } from './mailbox.ts'
import type { Custody } from './level-store.ts'
import { Meter } from './meter.ts'
import { Scheduler } from './scheduler.ts'
import { type Answer, type Request, type Service, ServiceError } from './service.ts'
import { type SendQuota, Ses } from './ses.ts'
import { type RelayListener, SmtpRelay } from './smtp-relay.ts'
import { Sqs } from './sqs.ts'
import { openStore, type Store } from './store.ts'
import { Sms, WhatsApp } from './texts.ts'

export interface CloudOptions {
  /** Where the data lives; null: in memory, gone at the end. */
  dir: string | null
  /** What is to happen when something is missing there; absent: nobody looks. */
  custody?: Custody | undefined
  clock: { now(): number }
  /** For how long a consumer has a message; process time, so that a moved virtual clock takes nothing away. */
  monotonicMs?: () => number
  /** Mails are handed on to this server: `smtp://user:password@host:587`. */
  smtp?: string
  /** Refusals and lost answers to order, for tests. */
  faults?: Faults
  quota?: SendQuota
  maxReceiveCount?: number
  visibilityTimeoutMs?: number
}

/** How the embedded cloud names what a deployment would have. */
export const names = {
  region: 'us-east-1',
  table: 'premura',
  queueUrl: 'http://embedded.invalid/000000000000/premura.fifo',
  deadLettersUrl: 'http://embedded.invalid/000000000000/premura-dead.fifo',
  timersDeadUrl: 'http://embedded.invalid/000000000000/premura-timers-dead',
  queueArn: 'arn:aws:sqs:us-east-1:000000000000:premura.fifo',
  deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:premura-timers-dead',
  scheduleGroup: 'premura',
  scheduleRoleArn: 'arn:aws:iam::000000000000:role/premura-scheduler',
  smsOrigination: 'LOCAL',
  whatsAppNumber: 'phone-number-id-local',
} as const

export interface Cloud {
  /** For the SDK's clients: answers in this process. */
  requestHandler(service: ServiceName): HttpHandler
  /** For the same clients: answers without making a request of it what is called for every journey. */
  direct(service: ServiceName): DirectAnswer
  /** The same over HTTP, for other clients. Answers the base URL. */
  listen(options?: { host?: string; port?: number }): Promise<string>
  queue: CloudQueue
  schedules: { nextAt(): number | undefined; fireDue(now: number): Promise<number> }
  mailbox: Mailbox
  /** Is told of every mail that the SMTP server refused or may have, those of earlier processes included. */
  onRelayed(listener: RelayListener): void
  /** The question that SES does not answer: did you take this mail? */
  find(tags: MessageTags): Promise<'sent' | 'unsent' | 'unknown'>
  meter: Meter
  /** What lies of a person beside the table goes: messages in the mailbox, dead letters, timers. */
  forget(customerId: string, group: string): Promise<void>
  /** Deletes rows past their expiry, as time to live does on AWS. Answers how many. */
  purge(): Promise<number>
  close(): Promise<void>
}

/** What Lambda's poller does for us on AWS. */
export interface CloudQueue {
  receive(max: number): Promise<QueueDelivery[]>
  done(receipts: string[]): Promise<void>
  retry(receipt: string, afterMs: number, reason?: string): Promise<void>
  depth(): ReturnType<FifoQueue['depth']>
  nextVisibleAt(): number | undefined
  dead(): DeadLetter[]
  replay(id: string): Promise<boolean>
  onMessage(listener: () => void): () => void
}

export async function openCloud(options: CloudOptions): Promise<Cloud> {
  const store = await openStore(options.dir, options.custody)
  try {
    return await start(store, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function start(store: Store, options: CloudOptions): Promise<Cloud> {
  const { clock, faults, monotonicMs = () => performance.now() } = options
  const now = () => clock.now()
  const meter = new Meter()
  const queue = await FifoQueue.open({
    store,
    now,
    monotonicMs,
    maxReceiveCount: options.maxReceiveCount ?? 5,
    visibilityTimeoutMs: options.visibilityTimeoutMs ?? 5 * 60_000,
  })
  const scheduler = await Scheduler.open(store, queue, { region: names.region, now })
  const mailbox = await Mailbox.open(store, now)
  const dynamodb = await DynamoDb.open(store, meter, names.region)
  const relay = options.smtp === undefined ? undefined : await SmtpRelay.open(options.smtp, mailbox)
  const quota = options.quota ?? { max24HourSend: -1, maxSendRate: 500 }
  const services: { [name in ServiceName]: Service } = {
    dynamodb,
    sqs: new Sqs(queue, {
      url: names.queueUrl,
      arn: names.queueArn,
      deadUrl: names.deadLettersUrl,
      timersDeadUrl: names.timersDeadUrl,
    }),
    scheduler,
    sesv2: new Ses(mailbox, { now, quota, onAccepted: relay && ((id) => relay.accepted(id)) }),
    'sms-voice': new Sms(mailbox),
    'social-messaging': new WhatsApp(mailbox),
  }

  async function answer(name: ServiceName, request: Request): Promise<Answer> {
    const contentType =
      name === 'dynamodb' || name === 'sqs' || name === 'sms-voice'
        ? 'application/x-amz-json-1.0'
        : 'application/json'
    try {
      const call = services[name].call(request)
      meter.count(`${name}.${call.operation}`)
      return await (faults ? faults.around(name, call) : call.run())
    } catch (error) {
      if (error instanceof ServiceError) return error.answer(contentType)
      throw error
    }
  }

  if (!dynamodb.hasTable(names.table)) {
    await dynamodb.create(tableDefinition(names.table))
  }

  let server: Server | undefined
  return {
    requestHandler: (service) => inProcess((request) => answer(service, request)),
    direct: (name) => (operation, input) => {
      // Faults are ordered of requests: the SDK has its part in what becomes of them.
      const run = faults ? undefined : services[name].direct?.(operation, input)
      if (!run) return undefined
      meter.count(`${name}.${operation}`)
      return run().catch(throwAsSdk)
    },
    async listen({ host = '127.0.0.1', port = 0 } = {}) {
      const listening = createServer((request, response) => serve(answer, request, response))
      // Longer than clients keep a connection: one that closes under a request leaves a mail in doubt.
      listening.keepAliveTimeout = 65_000
      server = listening
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject)
        listening.listen(port, host, resolve)
      })
      const address = listening.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
    },
    queue: {
      receive: async (max) => queue.receive(max),
      done: (receipts) => queue.done(receipts),
      retry: (receipt, afterMs, reason) => queue.retry(receipt, afterMs, reason),
      depth: () => queue.depth(),
      nextVisibleAt: () => queue.nextVisibleAt(),
      dead: () => queue.dead(),
      replay: (id) => queue.replay(id),
      onMessage: (listener) => queue.onMessage(listener),
    },
    schedules: scheduler,
    mailbox,
    onRelayed: (listener) => relay?.tell(listener),
    find: async (tags) => (faults?.mute ? 'unknown' : mailbox.has(tags) ? 'sent' : 'unsent'),
    async forget(customerId, group) {
      await scheduler.forget(group)
      for (const letter of queue.dead()) if (letter.group === group) await queue.forget(letter.id)
      await mailbox.forget(customerId)
    },
    meter,
    purge: () => dynamodb.purge(names.table, attribute.expires, now()),
    async close() {
      await relay?.close()
      const open = server
      if (open) {
        await new Promise((resolve) => {
          open.close(resolve)
          open.closeAllConnections()
        })
      }
      await store.close()
    },
  }
}

/** What the SDK makes of an error's answer, as far as callers look at it. */
function throwAsSdk(error: unknown): never {
  if (!(error instanceof ServiceError)) throw error
  const { name, message, status, more } = error
  throw Object.assign(new Error(message), {
    name,
    $fault: status < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode: status, attempts: 1 },
    ...more,
  })
}

interface SdkRequest {
  method: string
  path: string
  query?: { [name: string]: string | string[] | null }
  headers: { [name: string]: string }
  body?: unknown
}

function inProcess(answer: (request: Request) => Promise<Answer>): HttpHandler {
  return {
    metadata: { handlerProtocol: 'embedded' },
    async handle({ method, path, query, headers, body }: SdkRequest) {
      const {
        status,
        headers: answered,
        body: text,
      } = await answer({
        method,
        path,
        query: flat(query),
        headers,
        body: textOf(body),
      })
      return { response: { statusCode: status, headers: answered, body: Buffer.from(text) } }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
  return ''
}

function flat(query: { [name: string]: string | string[] | null } | undefined): {
  [name: string]: string | undefined
} {
  const flattened: { [name: string]: string | undefined } = {}
  for (const name in query) {
    const value = query[name]
    flattened[name] = Array.isArray(value) ? value[0] : (value ?? undefined)
  }
  return flattened
}

const maxBodyBytes = 16 * 1024 * 1024

async function serve(
  answer: (name: ServiceName, request: Request) => Promise<Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const chunks: Buffer[] = []
    let size = 0
    for await (const part of request) {
      const bytes = Buffer.from(part)
      size += bytes.length
      if (size > maxBodyBytes) throw new ServiceError('RequestEntityTooLarge', 'the body is too large', 413)
      chunks.push(bytes)
    }
    const url = new URL(request.url ?? '/', 'http://embedded.invalid')
    const headers: { [name: string]: string | undefined } = {}
    for (const name in request.headers) headers[name] = request.headers[name]?.toString()
    const {
      status,
      headers: answered,
      body,
    } = await answer(serviceOf(headers, url.pathname), {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body: Buffer.concat(chunks).toString(),
    })
    response.writeHead(status, answered).end(body)
  } catch (error) {
    if (error instanceof ServiceError) {
      const { status, headers, body } = error.answer('application/json')
      response.writeHead(status, headers).end(body)
    } else {
      // A lost answer to order, or a fault of ours: either way the client hears nothing and must assume anything.
      response.destroy()
    }
  }
}

function serviceOf(headers: { [name: string]: string | undefined }, path: string): ServiceName {
  const asked = headers['x-amz-target'] ?? ''
  if (asked.startsWith('DynamoDB_')) return 'dynamodb'
  if (asked.startsWith('AmazonSQS.')) return 'sqs'
  if (asked.startsWith('PinpointSMSVoiceV2.')) return 'sms-voice'
  if (path.startsWith('/v1/whatsapp/')) return 'social-messaging'
  if (path.startsWith('/schedules')) return 'scheduler'
  if (path.startsWith('/v2/email/')) return 'sesv2'
  throw new ServiceError('UnknownOperationException', 'not a call that this cloud knows', 404)
}
