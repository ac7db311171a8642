/** One story: some workflows, some customers, what happens to them, and what goes wrong meanwhile. */
import { createHash } from 'node:crypto'
import { openAdapters } from './adapters.ts'
import { Deployment, type Product, type Shape } from './deployment.ts'
import { watchCodes } from './codes.ts'
import { Draw } from './draw.ts'
import type { Tree } from './grammar.ts'
import { readDoubts, watchAwaits, watchDoubts, watchReports } from './failures.ts'
import { type Law, lawsOf, type Outcome, type Violation } from './laws.ts'
import type { Outside } from './outside.ts'
import { type Met, Plan } from './plan.ts'
import type { Feature } from './points.ts'
import { type Pool, settingsRows } from './pool.ts'
import * as harnessed from './product.ts'
import { BEGIN, DAY, SCRIPT_DAYS, writeScript } from './script.ts'
import { Simulation, type TraceLine } from './simulation.ts'

export interface StoryOptions {
  seed: number
  pool: Pool
  /** What is run: the product as it is, or with a bug planted. */
  product?: Product
  /** Faults that do not happen, by key; acts of the script that do not, by name. */
  without?: ReadonlySet<string>
  calm?: boolean
  /** Goes through the real adapters and the embedded cloud. */
  adapters?: boolean
  /** A bug of the poller's: it deletes what it has received before it is worked on. */
  deletesFirst?: boolean
}

export interface Told {
  seed: number
  shape: Shape['kind']
  violations: Violation[]
  met: Met[]
  passed: ReadonlyMap<string, number>
  /** The acts of its script, by name. */
  acts: string[]
  journeys: number
  modelled: number
  outcome: Outcome
  /** How late anything was, at most. */
  disturbedMs: number
  trace: TraceLine[]
  /** Of everything that happened, in order. */
  digest: string
}

const MINUTE = 60_000
/** The calm afterwards lasts this long at most. */
const PATIENCE = 60 * DAY
const CODES = ['GIFT1', 'GIFT2', 'GIFT3', 'GIFT4', 'GIFT5', 'GIFT6', 'GIFT7', 'GIFT8', 'GIFT9']

export async function tell(options: StoryOptions): Promise<Told> {
  const { seed, pool, product = harnessed, without = new Set<string>(), calm = false } = options
  const draw = new Draw(String(seed))
  const plan = new Plan(draw.part('plan'), seed, { without, calm })
  const sim = new Simulation(BEGIN - 60 * MINUTE, plan, draw.part('sim'))
  const shape = shapeOf(draw, CLOUDY.has(plan.focus.needs))
  const deployment = new Deployment(sim, product, shape, options.deletesFirst)
  const { outside } = deployment
  outside.table.pageSize = draw.one('page', [2, 1000, 1000])

  outside.limits = limitsOf(draw, plan.focus.needs === 'pace')
  const trees = treesOf(draw, pool, plan)
  const refuses = plan.focus.needs === 'refusal' || draw.chance('refuses', 0.25)
  outside.table.lay(await settingsRows(refuses ? 'afterErasure: refuse\n' : ''))
  for (const tree of trees) outside.table.lay((await pool.published(tree)).rows)
  const focusOnCoupons = plan.focus.needs === 'coupon'
  const codes = CODES.slice(0, draw.whole('codes', 1, focusOnCoupons ? 3 : CODES.length))
  outside.table.lay(codes.map((code) => ({ pk: 'P#gifts', sk: `free#${code}` })))

  if (options.adapters) {
    outside.table.pageSize = 1000
    outside.adapters = await openAdapters(sim, outside.table)
  }
  const script = writeScript(draw.part('script'), trees, plan.focus.needs)
  const acts = script.acts.filter(({ name }) => !without.has(name))
  for (const { at, perform } of acts) sim.at(at, () => perform(deployment, product))

  const overAt = BEGIN + (SCRIPT_DAYS + 1) * DAY
  sim.at(overAt, () => {
    plan.over = true
    sim.note('story', 'from here on nothing goes wrong')
  })
  const codesHeld = watchCodes(deployment, product)
  const law: Law = { sim, deployment, product, trees, script, codes, codesHeld, refuses, seed, seen: [] }
  watchDoubts(deployment, product, script.erased, law.seen)
  watchAwaits(outside.table, product, law.seen)
  watchReports(deployment, product, law.seen)
  for (let day = 1; day <= SCRIPT_DAYS; day++)
    sim.at(BEGIN + day * DAY + 30 * MINUTE, () => {
      if (outside.table.under('U').length > 0) readDoubts(deployment, product, () => {})
      lawsOf.lookAfter(law)
    })
  let finished = false
  const often = (name: 'tick' | 'sweep', everyMs: number, firstAt: number, what: () => void) => {
    const again = (at: number) =>
      sim.at(
        at,
        () => {
          again(at + everyMs)
          const { fault } = plan.next(name, false)
          if (fault !== undefined) sim.note('story', `${name} is ${fault}`, fault)
          if (fault === 'missing') return
          what()
          if (fault === 'twice') sim.at(sim.now + draw.whole(`${name} ${at}`, 100, 90_000), what)
        },
        true,
      )
    again(firstAt)
  }
  if (trees.some(({ trigger }) => trigger.kind === 'date' || trigger.kind === 'calendar'))
    often('tick', 6 * 60 * MINUTE, BEGIN - 50 * MINUTE, () => deployment.tick())
  often('sweep', DAY, BEGIN + 190 * MINUTE, () => {
    const settled = plan.over && deployment.atRest
    deployment.sweep(() => {
      // What the round itself has set off may write its counts behind it: the next one has the last word.
      if (!settled || outside.queue.length > 0) return
      if (lawsOf.lookAfter(law)) return
      if (!lawsOf.isOver(law) && sim.now <= overAt + PATIENCE) return
      readDoubts(deployment, product, () => {
        finished = true
      })
    })
  })
  await sim.run(() => finished && deployment.atRest)

  await outside.adapters?.close()
  const { violations, outcome, journeys, modelled } = lawsOf.judge(law)
  const digest = createHash('sha256')
  for (const { at, who, what, fault } of sim.trace) digest.update(`${at} ${who} ${what} ${fault ?? ''}\n`)
  digest.update(JSON.stringify(outcome))
  return {
    seed,
    shape: shape.kind,
    violations,
    met: plan.met,
    passed: plan.passed,
    acts: acts.map(({ name }) => name),
    journeys,
    modelled,
    outcome,
    disturbedMs: Math.max(deployment.slowestMs, outside.latestTimerMs, outcome.postponedMs),
    trace: sim.trace,
    digest: digest.digest('hex').slice(0, 16),
  }
}

/** What an embedded process has not, or seldom comes to. */
const CLOUDY = new Set<Feature>(['trouble', 'death', 'pace', 'undelivered'])

/** What the account may send: mostly enough, at times so little that mails wait. */
function limitsOf(draw: Draw, tight: boolean): Outside['limits'] {
  if (!tight && !draw.chance('limits', 0.4)) return undefined
  return {
    perSecond: draw.one('rate', tight ? [1] : [1, 14]),
    ...(draw.chance('daily limit', 0.3) && { perDay: draw.one('daily', [5, 50]) }),
  }
}

function shapeOf(draw: Draw, troubled: boolean): Shape {
  const kind = draw.weighted('shape', [
    ['cloud', 4],
    ['hasty', 2],
    ['embedded', 3],
  ])
  // Only a provider that cannot be asked leaves a doubt to people.
  return {
    kind: troubled ? 'cloud' : kind,
    workers: draw.whole('workers', 2, 4),
    batch: draw.one('batch', [1, 3, 10]),
  }
}

function treesOf(draw: Draw, pool: Pool, { focus }: Plan): Tree[] {
  // What an erasure is to take away has to be there.
  const held = (['task', 'coupon', 'survey'] as const).find((one) => focus.point.includes(one))
  const first =
    focus.needs === 'refusal' || focus.needs === 'erasure'
      ? (held ?? draw.one('tree of', ['task', 'coupon', 'survey']))
      : focus.needs
  const trees = [pool.pick(draw, 'tree 0', first)]
  const many = focus.needs === 'timer' && draw.chance('one tree', 0.8) ? 1 : draw.whole('trees', 1, 4)
  for (let index = 1; index < many; index++) {
    const tree = pool.pick(draw, `tree ${index}`)
    if (!trees.includes(tree)) trees.push(tree)
  }
  return trees
}
