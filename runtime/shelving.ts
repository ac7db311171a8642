/**
 * How journeys come onto the shelf. The nightly sweep finds whose ended journeys weigh something, and asks for it in the
 * customer's group, where nobody else works on them meanwhile.
 *
 * ```
 * the mark ──► its row on the shelf ──► its row among the others goes, at the revision that was copied
 *        │                         │
 *   crash: a mark of nothing   crash: it stands twice, counts where it was, and is moved again
 * ```
 */
import { HELD_OUT } from '../engine/held-out.ts'
import type { Enrollment } from '../engine/journey.ts'
import type { Instant } from '../engine/model.ts'
import { lastSentAt, quietSince } from '../engine/quiet.ts'
import type { Program } from '../engine/program.ts'
import { Conflict } from './errors.ts'
import { groupOf } from './ingest.ts'
import { journeySk, shelvedRow, type StoredJourney } from './journeys.ts'
import { isShelved } from './keys-of-rows.ts'
import type { QueuedMessage, Row, Table, World } from './ports.ts'
import type { Runtime } from './runtime.ts'
import { openSession, programOf } from './session.ts'
import type { DeploymentSettings } from './settings.ts'
import { type Shelf, shelfRow } from './shelf.ts'
import type { Work } from './work.ts'

const day = 24 * 3_600_000

/**
 * A journey has been quiet for so long. An event that comes half as late or later is shown to those on the shelf, too;
 * whatever is younger can be none of their business. Shorter, what a shop posts once a night would bring them all back;
 * longer, every event would read more that nobody asks for.
 */
const QUIET_MS = 4 * day
/**
 * Four read units. Moving a journey takes two write units once, which is what reading an ordinary one costs with forty
 * events: most customers never have that many, and nothing of theirs is moved.
 */
const FROM_BYTES = 16 * 1024
/** A message is done with soon; what is left is asked for by another one. */
const MOST_MOVED = 200
const SIDE_BY_SIDE = 16

const rulesOf = ({ config }: World) => config.shelving ?? { quietMs: QUIET_MS, fromBytes: FROM_BYTES }

/** Whether an event tells of a time so long gone that journeys on the shelf may have to see it. */
export const isLate = (world: World, at: Instant): boolean =>
  at <= world.clock.now() - rulesOf(world).quietMs / 2

/**
 * Goes along with the sweep. Rows of one customer come one behind the other, those on the shelf last: that is how they are
 * stored, and only the cost hangs on it, and whether a move that was given up counts twice for a night.
 */
export class Shelving {
  readonly #runtime: Runtime
  readonly #settings: DeploymentSettings['settings']
  readonly #now: Instant
  #pk = ''
  #ended: { enrollment: Enrollment; program: Program; bytes: number }[] = []
  #met = new Set<string>()
  #messages: QueuedMessage[] = []

  constructor(runtime: Runtime, settings: DeploymentSettings['settings'], now: Instant) {
    this.#runtime = runtime
    this.#settings = settings
    this.#now = now
  }

  /** One more journey. False: it has been met before, where it stood first. */
  meet(row: Row, { enrollment }: StoredJourney, program: Program | undefined): boolean {
    if (row.pk !== this.#pk) this.#leave(row.pk)
    const { workflow, key, run } = enrollment
    const name = journeySk(workflow, key, run)
    if (isShelved(row.sk)) return !this.#met.has(name)
    this.#met.add(name)
    if (program && enrollment.phase === 'ended') {
      const bytes = Buffer.byteLength(`${row.pk}${row.sk}${row.body ?? ''}`)
      this.#ended.push({ enrollment, program, bytes })
    }
    return true
  }

  /** What is to be asked for of those who have been passed; at the end, of all. */
  messages(atEnd = false): QueuedMessage[] {
    if (atEnd) this.#leave('')
    const messages = this.#messages
    this.#messages = []
    return messages
  }

  #leave(next: string): void {
    const { world } = this.#runtime
    const { fromBytes } = rulesOf(world)
    // Of most customers all that has ended weighs less, and when each may be moved need not be worked out.
    const weighs = sumOf(this.#ended) > fromBytes
    if (weighs && sumOf(this.#ended.filter((one) => this.#isQuiet(one))) > fromBytes)
      this.#messages.push(messageFor(world, this.#pk.slice(2)))
    this.#pk = next
    this.#ended = []
    this.#met = new Set()
  }

  #isQuiet({ enrollment, program }: { enrollment: Enrollment; program: Program }): boolean {
    return isQuiet(this.#runtime.world, program, enrollment, this.#settings, this.#now)
  }
}

const sumOf = (some: { bytes: number }[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0)

function isQuiet(
  world: World,
  program: Program,
  enrollment: Enrollment,
  settings: DeploymentSettings['settings'],
  now: Instant,
): boolean {
  const since = quietSince(program, enrollment, settings)
  return since !== undefined && since + rulesOf(world).quietMs <= now
}

function messageFor({ ids }: World, customerId: string): QueuedMessage {
  const work: Work = { kind: 'shelve', customerId }
  return { group: groupOf(customerId), body: JSON.stringify(work), dedupId: ids.next('shelve_') }
}

/** Moves what is quiet. Doing it again moves what is left. */
export async function onShelve(runtime: Runtime, { customerId }: { customerId: string }): Promise<void> {
  const session = await openSession(runtime, customerId)
  if (!session) return
  const { world } = runtime
  const { settings } = session.deployment
  const quiet: StoredJourney[] = []
  const held = new Set<string>()
  // An earlier run before a later one, so that the last run of a key is never behind the shelf.
  const inOrder = session.loaded.journeys.toSorted((one, other) => one.enrollment.run - other.enrollment.run)
  for (const journey of inOrder) {
    const { workflow, key } = journey.enrollment
    const program = await programOf(session, journey)
    const moves = isQuiet(world, program, journey.enrollment, settings, world.clock.now())
    if (moves && !held.has(journeySk(workflow, key, 1))) quiet.push(journey)
    else held.add(journeySk(workflow, key, 1))
  }
  if (quiet.length === 0) return
  // Of all at once: whoever goes on finds it written.
  await mark(world.table, customerId, session.loaded.shelf, quiet)
  const some = quiet.slice(0, MOST_MOVED)
  const keys = byKey(some)
  for (let first = 0; first < keys.length; first += SIDE_BY_SIDE)
    await Promise.all(
      keys.slice(first, first + SIDE_BY_SIDE).map(async (runs) => {
        for (const run of runs) await move(world.table, run)
      }),
    )
  if (quiet.length > some.length) await world.queue.send([messageFor(world, customerId)])
}

function byKey(journeys: StoredJourney[]): StoredJourney[][] {
  const runs = new Map<string, StoredJourney[]>()
  for (const journey of journeys) {
    const { workflow, key } = journey.enrollment
    const name = journeySk(workflow, key, 1)
    const known = runs.get(name)
    if (known) known.push(journey)
    else runs.set(name, [journey])
  }
  return [...runs.values()]
}

/** Before anything is moved, so that nobody overlooks what is. Two who write it at once do not undo each other's word. */
async function mark(
  table: Table,
  customerId: string,
  before: Shelf | undefined,
  journeys: StoredJourney[],
): Promise<void> {
  const heldOut = journeys.filter(({ enrollment }) => enrollment.reason === HELD_OUT)
  const sentAt = latest([before?.sentAt, ...journeys.map(({ enrollment }) => lastSentAt(enrollment))])
  const heldOutAt = latest([before?.heldOutAt, ...heldOut.map(({ enrollment }) => enrollment.enteredAt)])
  if (before && before.sentAt === sentAt && before.heldOutAt === heldOutAt) return
  const row = shelfRow(customerId, {
    rev: before?.rev ?? 0,
    ...(sentAt !== undefined && { sentAt }),
    ...(heldOutAt !== undefined && { heldOutAt }),
  })
  const result = await table.put(row, before ? { kind: 'rev', rev: before.rev } : { kind: 'absent' })
  if (!result.ok) throw new Conflict('somebody else puts journeys of the customer away')
}

function latest(moments: (Instant | undefined)[]): Instant | undefined {
  const known = moments.filter((one) => one !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

async function move(table: Table, journey: StoredJourney): Promise<void> {
  const { workflow, key, run } = journey.enrollment
  const row = shelvedRow(journey)
  const written = await table.put(row, { kind: 'absent' })
  // Left there by a move that was cut off; as long as it stood in both places, it was written where it stood first.
  if (!written.ok && written.conflict?.rev !== journey.rev) {
    const again = await table.put(row, { kind: 'rev', rev: written.conflict?.rev ?? 0 })
    if (!again.ok) throw new Conflict('somebody else puts the journey away')
  }
  const gone = await table.delete(row.pk, journeySk(workflow, key, run), { kind: 'rev', rev: journey.rev })
  // Gone already: moved by whoever was thought dead, or erased with its customer, whose last message takes the rest.
  if (!gone.ok && gone.conflict) throw new Conflict('the journey was written meanwhile')
}
