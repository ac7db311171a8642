/** Every point at which the product touches the outside, by name, and the faults that apply there. */
import type { Row } from '../../runtime/ports.ts'

export const faults = [
  /** The process is gone before the call had an effect. */
  'crash-before',
  /** The call took effect, and the process is gone before it heard. */
  'crash-after',
  /** The call took effect, and its answer is lost. */
  'lost-answer',
  /** Told to slow down; nothing happened. */
  'throttled',
  /** A definite no; nothing happened. */
  'refused',
  /** The connection broke; nothing happened, and the caller cannot know. */
  'unavailable',
  /** A part of a batch was taken, of the rest nobody knows. */
  'half-taken',
  /** The call takes so long that others think its process dead. */
  'stalled',
  'missing',
  'twice',
  'late',
  'early',
  /** A wake-up that the scheduler gave up on: it lies among the dead letters. */
  'undelivered',
] as const
export type Fault = (typeof faults)[number]

const reading: Fault[] = ['crash-before', 'crash-after', 'throttled', 'unavailable', 'refused', 'stalled']
const writing: Fault[] = [...reading, 'lost-answer']
const batch: Fault[] = [...writing, 'half-taken']

/** What must be in a story for the point to be reached at all. */
export type Feature =
  | 'any'
  | 'date'
  | 'calendar'
  | 'becomes'
  | 'coupon'
  | 'task'
  | 'webhook'
  | 'text'
  | 'survey'
  | 'consent'
  | 'erasure'
  /** An erasure where who was erased is refused afterwards. */
  | 'refusal'
  | 'pause'
  | 'publish'
  | 'profile'
  /** A wait that ends before the nightly sweep makes up for its timer. */
  | 'timer'
  /** An appointment that is answered for behind a link. */
  | 'link'
  | 'move'
  /** Other faults before it. */
  | 'trouble'
  /** An account whose limits are met. */
  | 'pace'
  /** A message that fails every time. */
  | 'death'
  /** A wake-up that cannot be delivered. */
  | 'undelivered'

interface Point {
  faults: readonly Fault[]
  needs: Feature
  /** Passed so seldom that no number of stories is sure to meet its faults. */
  rare?: true
}

const table = (of: { [kind: string]: Feature }, method: string, apply: readonly Fault[]) =>
  Object.fromEntries(
    Object.entries(of).map(([kind, needs]): [string, Point] => [
      `table.${method} ${kind}`,
      { faults: apply, needs },
    ]),
  )

/** A call under a name that is not here fails the run: nothing goes unnamed. */
export const points: { readonly [name: string]: Point } = {
  ...table(
    {
      event: 'any',
      profile: 'any',
      journey: 'any',
      'coupon held': 'coupon',
      settings: 'any',
      'tick cursor': 'date',
      'calendar day': 'calendar',
      'workflow list': 'pause',
      workflow: 'any',
      erasure: 'erasure',
      zones: 'date',
      'customer by date': 'date',
      'erasure remembered': 'any',
      'shut out': 'refusal',
      failure: 'death',
      'failures open': 'death',
    },
    'get',
    reading,
  ),
  ...table(
    {
      customer: 'any',
      'coupons free': 'coupon',
      'workflow list': 'any',
      workflow: 'any',
      'customers by date': 'date',
      shelf: 'any',
      'erasure list': 'any',
      'all of a customer': 'erasure',
      doubts: 'trouble',
      'failures open': 'death',
    },
    'query',
    reading,
  ),
  'table.scan': { faults: reading, needs: 'any' },
  ...table(
    {
      journey: 'any',
      event: 'any',
      profile: 'any',
      'coupon used': 'coupon',
      'coupon held': 'coupon',
      task: 'task',
      'task list': 'task',
      answer: 'survey',
      'answer mark': 'link',
      'former consent': 'consent',
      'customer by date': 'date',
      'tick cursor': 'date',
      'calendar day': 'calendar',
      figures: 'any',
      'workflow list': 'pause',
      workflow: 'publish',
      erasure: 'erasure',
      'erasure remembered': 'erasure',
      'erasure list': 'erasure',
      'shut out': 'refusal',
      doubts: 'trouble',
      failure: 'death',
      'failures open': 'death',
      'failures closed': 'death',
      shelf: 'any',
      'shelved journey': 'any',
    },
    'put',
    writing,
  ),
  ...table(
    {
      'coupon free': 'coupon',
      'customer by date': 'date',
      'task list': 'task',
      erasure: 'erasure',
      'shut out': 'refusal',
      profile: 'erasure',
      journey: 'erasure',
      event: 'erasure',
      'coupon held': 'coupon',
      task: 'erasure',
      answer: 'erasure',
      'former consent': 'erasure',
      doubts: 'trouble',
      'failures open': 'death',
    },
    'delete',
    writing,
  ),
  // Only where a customer is erased of whom something had failed, or between the two looks of whoever writes it down.
  'table.delete answer mark': { faults: writing, needs: 'erasure', rare: true },
  'table.get failures closed': { faults: reading, needs: 'death', rare: true },
  'table.delete failure': { faults: writing, needs: 'erasure', rare: true },
  'table.delete failures closed': { faults: writing, needs: 'erasure', rare: true },
  // Only where something is said of a journey hours after it, or its customer is erased then.
  'table.get shelved journey': { faults: reading, needs: 'any', rare: true },
  'table.delete shelved journey': { faults: writing, needs: 'erasure', rare: true },
  'table.delete shelf': { faults: writing, needs: 'erasure', rare: true },
  // Only where counting the journeys took too long, which takes a fault of its own.
  'table.get figures': { faults: reading, needs: 'publish', rare: true },
  'table.add figures': { faults: writing, needs: 'any' },
  'table.add zones': { faults: writing, needs: 'date' },
  'queue.send event': { faults: batch, needs: 'any' },
  'queue.send wake': { faults: batch, needs: 'pause' },
  'queue.send profile': { faults: writing, needs: 'profile' },
  'queue.send erase': { faults: writing, needs: 'erasure' },
  'queue.send feedback': { faults: writing, needs: 'any' },
  'queue.send calendar': { faults: writing, needs: 'calendar' },
  // Only where the customers of one day and zone take more than a page.
  'queue.send due': { faults: writing, needs: 'date', rare: true },
  'queue.send shelve': { faults: batch, needs: 'any' },
  'queue.send sweep': { faults: batch, needs: 'pause' },
  'queue.send settle': { faults: writing, needs: 'trouble' },
  'queue.delete': { faults: ['missing', 'late'], needs: 'any' },
  'queue.receive': { faults: ['crash-before', 'late'], needs: 'any' },
  'timers.arm journey': { faults: writing, needs: 'timer' },
  'timers.arm event': { faults: writing, needs: 'calendar' },
  'timers.fire': { faults: ['missing', 'twice', 'late', 'early', 'undelivered'], needs: 'any' },
  'letters.receive work': { faults: writing, needs: 'death' },
  'letters.delete work': { faults: writing, needs: 'death' },
  'letters.receive timers': { faults: writing, needs: 'undelivered' },
  'letters.delete timers': { faults: writing, needs: 'undelivered' },
  'account.quota': { faults: reading, needs: 'pace' },
  'account.turn': { faults: ['crash-before'], needs: 'pace' },
  'sender.send': {
    faults: ['crash-before', 'crash-after', 'lost-answer', 'throttled', 'refused', 'unavailable', 'stalled'],
    needs: 'any',
  },
  'sender.find': { faults: ['crash-before', 'crash-after', 'stalled'], needs: 'trouble' },
  'texter.send': {
    faults: ['crash-before', 'crash-after', 'lost-answer', 'throttled', 'refused', 'unavailable', 'stalled'],
    needs: 'text',
  },
  'webhooks.call': {
    faults: ['crash-before', 'crash-after', 'lost-answer', 'throttled', 'refused', 'unavailable', 'stalled'],
    needs: 'webhook',
  },
  'provider.report': { faults: ['missing', 'twice', 'late'], needs: 'any' },
  tick: { faults: ['missing', 'twice'], needs: 'date' },
  sweep: { faults: ['missing', 'twice'], needs: 'any' },
}

/** Every fault at every point at which it applies. */
export const pairs: readonly { point: string; fault: Fault; needs: Feature }[] = Object.entries(points)
  .filter(([, { rare }]) => !rare)
  .flatMap(([point, { faults: apply, needs }]) => apply.map((fault) => ({ point, fault, needs })))

/** What kind of row stands under these keys. */
export function kindOfRow({ pk, sk }: Pick<Row, 'pk' | 'sk'>): string {
  if (pk.startsWith('C#')) {
    if (sk.startsWith('X#')) return 'failure'
    if (sk === '!') return 'profile'
    if (sk === '"') return 'erasure'
    if (sk === '"shelf') return 'shelf'
    if (sk.startsWith('Z#')) return 'shelved journey'
    if (sk.startsWith('#')) return 'journey'
    return (
      { E: 'event', T: 'task', R: 'answer', K: 'coupon held', O: 'former consent', P: 'answer mark' }[
        sk.charAt(0)
      ] ?? '?'
    )
  }
  if (pk.startsWith('P#')) return sk.startsWith('used#') ? 'coupon used' : 'coupon free'
  if (pk === 'D')
    return sk === 'cursor' ? 'tick cursor' : sk.startsWith('calendar#') ? 'calendar day' : 'zones'
  if (pk.startsWith('D#')) return 'customer by date'
  if (pk.startsWith('T')) return 'task list'
  if (pk === 'X') return 'failures open'
  if (pk === 'X!closed') return 'failures closed'
  if (pk === 'X!') return 'failure'
  if (pk.startsWith('X#')) return 'shut out'
  if (pk === 'U') return 'doubts'
  if (pk.startsWith('G#')) return 'erasure remembered'
  if (pk === 'G') return 'erasure list'
  if (pk === 'W') return 'workflow list'
  if (pk === 'W!') return 'settings'
  if (pk.startsWith('W#')) return 'workflow'
  return pk.startsWith('S#') ? 'figures' : '?'
}

/** What a query looks through. */
export function kindOfQuery(pk: string, from: string | undefined): string {
  if (pk.startsWith('C#') && from?.startsWith('Z#')) return 'shelf'
  if (pk.startsWith('C#')) return from === undefined ? 'all of a customer' : 'customer'
  if (pk.startsWith('P#')) return 'coupons free'
  if (pk.startsWith('D#')) return 'customers by date'
  return kindOfRow({ pk, sk: '' })
}
