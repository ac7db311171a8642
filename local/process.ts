/**
 * The embedded default: one process that is the cloud and what runs in it. The functions are the ones of a deployment,
 * invoked with the events that AWS would send; the World is made of the same adapters.
 */
import { setTimeout as patience } from 'node:timers/promises'
import type { Instant } from '../engine/model.ts'
import { api } from '../functions/api.ts'
import { feedback } from '../functions/feedback.ts'
import { jsonLog, type Severity } from '../functions/log.ts'
import { systemIds } from '../functions/ids.ts'
import { sweep } from '../functions/sweep.ts'
import { emptyLetters, tick } from '../functions/tick.ts'
import { LAST_TRY, worker } from '../functions/worker.ts'
import { createKey, ensureKey } from '../runtime/keys.ts'
import { createRuntime, type Runtime } from '../runtime/runtime.ts'
import { SettingsUnreadable } from '../runtime/settings.ts'
import { type LocalClock, realClock, VirtualClock } from './clock.ts'
import { type Cloud, openCloud } from './cloud/cloud.ts'
import type { Faults } from './cloud/faults.ts'
import { custodyOf } from './custody.ts'
import { DataFolder, type Identity, StartError } from './data-folder.ts'
import { admitLocal } from './guard.ts'
import { publishLibrary, readLibrary, shippedLibrary } from './library.ts'
import { Poller } from './poller.ts'
import { relayReports } from './relay-reports.ts'
import { answerLocal } from './routes.ts'
import { type LocalServer, listen } from './server.ts'
import { Timekeeper } from './timekeeper.ts'
import { localWorld } from './world.ts'

export interface PremuraOptions {
  /** Where the data lives; null: in memory, gone at the end. */
  dir: string | null
  /** 0: any free one. */
  port: number
  host?: string
  /** Start on a virtual clock at this instant; absent: the real clock. */
  now?: Instant | undefined
  /** The admin key; absent: one is made at the first start. */
  adminKey?: string
  /** Mails are handed on to this server. */
  smtp?: string
  /** Where customers reach the pages behind the links in mails. */
  publicUrl?: string
  /** The folder was put back as it was at this instant: what came due since may have been sent, and is not sent again. */
  restoredFrom?: Instant
  /** Start although something that was acknowledged is missing in the folder. */
  acceptLoss?: boolean
  /** The folder of workflows that a first start publishes; null: none. */
  library?: string | null
  /** How many requests a second one key may send; absent: far more than anybody needs. */
  requestsPerSecond?: number
  log?: Severity
  /** Refusals and lost answers to order, for tests. */
  faults?: Faults
}

export interface Premura {
  /** `http://127.0.0.1:8787` */
  url: string
  /** Only at the start that made it, or when it was given. */
  adminKey?: string
  /** What a person should know about this start. */
  notices: string[]
  runtime: Runtime
  cloud: Cloud
  clock: LocalClock
  /** Resolves when nothing is queued, in hand or due. */
  settle(): Promise<void>
  /** Moves the virtual clock, firing everything that comes due on the way. */
  advanceTo(at: Instant): Promise<{ fired: number }>
  /** Finishes what is in hand and lets go of everything. */
  close(): Promise<void>
}

/** A start does not wait longer than this for the sweep of a large table. */
const SWEEP_PATIENCE_MS = 2_000

export async function openPremura(options: PremuraOptions): Promise<Premura> {
  const folder = options.dir === null ? undefined : await DataFolder.take(options.dir)
  let server: LocalServer | undefined
  let cloud: Cloud | undefined
  try {
    const identity: Identity = folder?.identity() ?? { linkSecret: systemIds().secret(), prepared: false }
    server = await listen(options.host ?? '127.0.0.1', options.port)
    const { virtualAt = Number.NEGATIVE_INFINITY } = identity
    const clock = options.now === undefined ? realClock : new VirtualClock(Math.max(options.now, virtualAt))
    const losses: string[] = []
    cloud = await openCloud({
      dir: folder?.database ?? null,
      custody: folder && custodyOf(folder, options.acceptLoss ?? false, (text) => losses.push(text)),
      clock,
      maxReceiveCount: LAST_TRY,
      ...(options.smtp !== undefined && { smtp: options.smtp }),
      ...(options.faults && { faults: options.faults }),
    })
    return await run({ options, folder, identity, server, cloud, clock, losses })
  } catch (error) {
    await server?.close()
    await cloud?.close()
    folder?.release()
    throw error
  }
}

interface Parts {
  options: PremuraOptions
  folder: DataFolder | undefined
  identity: Identity
  server: LocalServer
  cloud: Cloud
  clock: LocalClock
  losses: string[]
}

async function run({ options, folder, identity, server, cloud, clock, losses }: Parts): Promise<Premura> {
  const url = urlOf(server)
  const log = jsonLog(
    (line) => process.stderr.write(line),
    () => clock.now(),
    options.log ?? 'warn',
  )
  const { linkSecret, virtualAt } = identity
  const { publicUrl = url, requestsPerSecond } = options
  const runtime = createRuntime(
    localWorld({
      cloud,
      clock,
      log,
      publicUrl,
      linkSecret,
      ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    }),
  )
  const poller = new Poller({ queue: cloud.queue, worker: worker(runtime), clock, log })
  const dates = tick(runtime)
  const nightly = sweep(runtime)
  const timekeeper = new Timekeeper({
    cloud,
    clock,
    poller,
    async tick(event) {
      const report = await dates(event)
      // Looked at without a call: a virtual clock ticks thousands of times on its way through a month.
      if (cloud.queue.depth().dead > 0) await emptyLetters(runtime)
      return report
    },
    async sweep(event) {
      const report = await nightly(event)
      // As DynamoDB does by itself: what has expired is read no more, and is to be there no more either.
      await cloud.purge()
      return report
    },
    onMoved: (at) => folder?.saveIdentity({ ...identity, prepared: true, virtualAt: at }),
    onError: (what, error) =>
      log('error', `${what}.failed`, { error: error instanceof Error ? error.name : 'unknown' }),
  })

  const notices: string[] = [...losses]
  if (virtualAt !== undefined && virtualAt > (options.now ?? clock.now())) {
    const last = new Date(virtualAt).toISOString()
    notices.push(
      clock.virtual
        ? `The virtual clock goes on where it stood, at ${last}: what has happened cannot lie ahead.`
        : `This folder was last used on a virtual clock that stood at ${last}: what is due until then waits until then.`,
    )
  }
  if (options.smtp !== undefined && options.publicUrl === undefined)
    notices.push(
      `mails leave by SMTP, but their links lead to ${url}: say with --url where customers reach this server`,
    )
  let adminKey = options.adminKey
  if (adminKey !== undefined) await ensureKey(runtime, adminKey, ['admin'])
  if (!identity.prepared) {
    const library = options.library === undefined ? shippedLibrary : options.library
    if (library !== null) notices.push(...(await publishLibrary(runtime, readLibrary(library))))
    adminKey ??= (await createKey(runtime, { name: 'admin', scopes: ['admin'] })).secret
    folder?.saveIdentity({ ...identity, prepared: true })
  }
  if (options.restoredFrom !== undefined) notices.push(...(await tellRestored(runtime, options.restoredFrom)))
  notices.push(...(await warmUp(runtime)))

  const reported = feedback(runtime)
  cloud.onRelayed(relayReports({ runtime, mailbox: cloud.mailbox, feedback: reported }))
  const local = { cloud, clock, timekeeper, feedback: reported }
  server.serve({
    api: api(runtime),
    log,
    local: async (request, incoming) => {
      await admitLocal(runtime, server.host, incoming)
      return await answerLocal(local, request)
    },
  })
  const swept = timekeeper.sweep().then(() => {
    poller.start()
    timekeeper.start()
  })
  await Promise.race([swept, patience(SWEEP_PATIENCE_MS, undefined, { ref: false })])

  let closing: Promise<void> | undefined
  const close = async () => {
    const stopped = timekeeper.stop()
    await server.close()
    await swept
    await poller.stop()
    await stopped
    try {
      await runtime.figures.flush()
    } finally {
      await cloud.close()
      folder?.release()
    }
  }

  return {
    url,
    ...(adminKey !== undefined && { adminKey }),
    notices,
    runtime,
    cloud,
    clock,
    settle: () => timekeeper.settle(),
    advanceTo: (at) => timekeeper.advanceTo(at),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Before anything is woken. Starts that repeat it mean the restore that was meant first. */
async function tellRestored({ restores, world }: Runtime, from: Instant): Promise<string[]> {
  const to = world.clock.now()
  if ((await restores.list()).some((span) => span.from === from)) return []
  if (from >= to) throw new StartError('the instant of --restored-from lies ahead')
  await restores.mark({ from, to, ask: false, by: 'start' })
  const span = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
  return [`What came due from ${span} may have been sent before the restore, and is not sent again.`]
}

/** Reads what every mail needs, so that the first customer of a start is as quick as the second. Says what is wrong with it. */
async function warmUp({ catalog }: Runtime): Promise<string[]> {
  try {
    await catalog.settings()
  } catch (error) {
    // Whoever is to push them again needs a process to push them to.
    if (error instanceof SettingsUnreadable) return [error.message]
    throw error
  }
  for (const { name, version, program } of await catalog.live())
    for (const step of Object.values(program.steps))
      if (step.verb === 'send') await catalog.templates(name, version, step.template)
  return []
}

function urlOf({ host, port }: LocalServer): string {
  // Bound to every address, it is reached on this machine by the loopback one.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
