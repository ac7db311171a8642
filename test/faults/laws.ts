/** What must hold at the end of every story, whatever went wrong in it. */
import * as z from 'zod'
import type { Decision, Enrollment } from '../../engine/journey.ts'
import type { CareEvent } from '../../engine/model.ts'
import type { Deployment, Product } from './deployment.ts'
import type { Node, Tree } from './grammar.ts'
import { checkJourney, type Handled } from './model.ts'
import { type CodesHeld, whoseCodes } from './codes.ts'
import { whoIsErased } from './erasures.ts'
import { failuresAbout, replayFailures } from './failures.ts'
import { kindOf } from './ports.ts'
import type { Script } from './script.ts'
import type { Simulation } from './simulation.ts'

/** The laws by name: the table of planted bugs says which of them caught what. */
export type LawName =
  | 'every event is worked on'
  | 'journeys begin where they should'
  | 'journeys go as the workflow says'
  | 'each message once'
  | 'doubt is stated where it is real'
  | 'doubts are listed'
  | 'reports settle doubts'
  | 'what fails for good is written down'
  | 'each code has one holder'
  | 'tasks once'
  | 'webhooks and emitted events once'
  | 'answers once'
  | 'figures are exact'
  | 'nothing is stuck'
  | 'who is erased stays erased'
  | 'profiles hold what was set'
  | 'as without faults'
  | 'the adapters do as the memory does'

export interface Violation {
  law: LawName
  what: string
}

export interface Law {
  sim: Simulation
  deployment: Deployment
  product: Product
  trees: readonly Tree[]
  script: Script
  codes: readonly string[]
  codesHeld: CodesHeld
  /** Who was erased is refused, until somebody writes a profile for them. */
  refuses: boolean
  seed: number
  /** What was broken while the story went on. */
  seen: Violation[]
}

/** What a story came to, for comparing it with the same story without faults. */
export interface Outcome {
  journeys: { [name: string]: string }
  postponedMs: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const WENT = new Set(['sent', 'delivered', 'opened', 'clicked', 'rated', 'bounced', 'complained'])

const eventWork = z.object({
  event: z.object({
    id: z.string(),
    type: z.string(),
    customerId: z.string(),
    at: z.number(),
    data: z.record(z.string(), z.json()),
  }),
})
const eventRow = z.object({
  x: z.array(z.tuple([z.string(), z.string(), z.string(), z.unknown()])).optional(),
})

interface Facts extends Law {
  journeys: Enrollment[]
  handled: Map<string, Handled[]>
  lateMs: number
  say: (law: LawName, what: string) => void
}

const nameOf = ({
  customerId,
  workflow,
  key,
  run,
}: Pick<Enrollment, 'customerId' | 'workflow' | 'key' | 'run'>) => `${customerId}/${workflow}/${key}/${run}`

function journeysOf({ deployment, product }: Law): Enrollment[] {
  const read = (prefix: string) =>
    deployment.outside.table
      .all()
      .filter(({ pk, sk }) => pk.startsWith('C#') && sk.startsWith(prefix))
      .map((row) => product.journeyFrom(row).enrollment)
  const current = read('#')
  // Of one that is being moved, what stands where it stood counts.
  const known = new Set(current.map(nameOf))
  return [...current, ...read('Z#').filter((one) => !known.has(nameOf(one)))]
}

/** Somebody looks after what waits for people. True: there was something. */
function lookAfter(law: Law): boolean {
  const failed = replayFailures(law.sim, law.deployment, law.product)
  return settleDoubts(law) || failed
}

/** Somebody looks after what is in doubt and waits for a person, and knows. True: there was something. */
function settleDoubts(law: Law): boolean {
  const { deployment, product } = law
  const open = journeysOf(law).filter(({ phase, dueAt }) => phase === 'in-doubt' && dueAt === undefined)
  for (const { customerId, workflow, key, run, step, round, claim } of open) {
    if (step === null) continue
    const occasion = round && round.index > 1 ? `${step}~${round.index}` : step
    const name = nameOf({ customerId, workflow, key, run })
    const had = deployment.outside.taken.some(({ tags }) => nameOf(tags) === name && tags.step === occasion)
    const settle = (act: string) =>
      deployment.request(act, (runtime) =>
        product.requestSettle(runtime, {
          customerId,
          workflow,
          key,
          run,
          step,
          outcome: had ? 'sent' : 'drop',
          ...(claim && { claimedAt: claim.at }),
        }),
      )
    settle(`settle ${name}`)
    // Two people at once.
    if (law.sim.draw.chance(`settle twice ${name} ${step}`, 0.3)) settle(`settle ${name} again`)
  }
  return open.length > 0
}

const isOver = (law: Law): boolean => journeysOf(law).every(({ phase }) => phase === 'ended')

function judge(law: Law): {
  violations: Violation[]
  outcome: Outcome
  journeys: number
  modelled: number
} {
  const violations: Violation[] = [...law.seen]
  const facts: Facts = {
    ...law,
    journeys: journeysOf(law),
    handled: handledBy(law),
    lateMs: lateness(law),
    say: (name, what) => violations.push({ law: name, what }),
  }
  nothingStuck(facts)
  for (const what of law.deployment.outside.adapters?.differences ?? [])
    facts.say('the adapters do as the memory does', what)
  everyEvent(facts)
  beginnings(facts)
  const modelled = ways(facts)
  messages(facts)
  doubts(facts)
  failures(facts)
  for (const what of whoseCodes(law)) facts.say('each code has one holder', what)
  effects(facts)
  answers(facts)
  figures(facts)
  for (const what of whoIsErased(law, facts.journeys)) facts.say('who is erased stays erased', what)
  profiles(facts)
  return { violations, outcome: outcomeOf(facts), journeys: facts.journeys.length, modelled }
}

/** How late a journey may be: what is lost to a fault of the scheduler comes back with the nightly sweep. */
function lateness({ sim, deployment }: Law): number {
  const swept = sim.plan.met.some(
    ({ point }) => point === 'timers.fire' || point === 'sweep' || point === 'provider.report',
  )
  const settled = sim.trace.some(({ what }) => what.includes('in-doubt') || what.includes('claim.recovered'))
  // Whoever replays what failed, or settles what was in doubt, takes the time that people take.
  if (deployment.outside.givenUp.size + deployment.outside.queue.letters.known.size > 0)
    return Number.POSITIVE_INFINITY
  if (sim.trace.some(({ who, what }) => who === 'client' && what.startsWith('settle')))
    return Number.POSITIVE_INFINITY
  const held = sim.trace.some(({ what }) => what.endsWith('mail.held'))
  const postponed = sim.plan.met.some(({ point }) => /^(sender|texter|webhooks)/.test(point))
  const most = Math.max(
    deployment.slowestMs,
    deployment.outside.latestTimerMs === Number.POSITIVE_INFINITY ? 0 : deployment.outside.latestTimerMs,
  )
  return (
    most +
    10 * MINUTE +
    (swept || settled ? 76 * HOUR : 0) +
    (postponed ? 24 * HOUR : 0) +
    (held ? 5 * 24 * HOUR : 0)
  )
}

function handledBy({ deployment }: Law): Map<string, Handled[]> {
  const known = new Map<string, Handled>()
  for (const [body, { from, to }] of deployment.handled) {
    if (kindOf(body) !== 'event') continue
    const { event } = eventWork.parse(JSON.parse(body))
    const name = `${event.customerId}/${event.id}`
    const before = known.get(name)
    if (!before || from < before.from) known.set(name, { event, from, to })
  }
  const all = new Map<string, Handled[]>()
  for (const one of known.values())
    all.set(one.event.customerId, [...(all.get(one.event.customerId) ?? []), one])
  return all
}

function nothingStuck({ sim, deployment, script, journeys, say }: Facts): void {
  if (sim.endless) say('nothing is stuck', 'it goes on and on')
  const { queue } = deployment.outside
  if (queue.length > 0)
    say('nothing is stuck', `${queue.length} messages are still in the queue: ${queue.bodies()[0]}`)
  const { table } = deployment.outside
  for (const { pk, sk } of table.all())
    if (pk.startsWith('C#') && sk.startsWith('Z#') && !script.erased.has(pk.slice(2))) {
      const [, workflow, key, run] = sk.split('#')
      const before = Number(run) === 1 ? `#${workflow}#${key}` : `#${workflow}#${key}#${Number(run)}`
      const others = table.under(pk)
      if (others.some((one) => one.sk === before)) say('nothing is stuck', `${pk} ${before} stands twice`)
      if (!others.some((one) => one.sk === '"shelf')) say('nothing is stuck', `nothing tells of ${pk} ${sk}`)
    }
  const dead = queue.letters.length + deployment.outside.deadTimers.length
  if (dead > 0) say('nothing is stuck', `${dead} messages are dead`)
  for (const journey of journeys)
    if (journey.phase !== 'ended')
      say(
        'nothing is stuck',
        `${nameOf(journey)} is ${journey.phase} at ${journey.step}, due ${journey.dueAt}`,
      )
}

function everyEvent({ sim, deployment, script, say }: Facts): void {
  const posted = new Set(
    sim.trace.flatMap(({ who, what }) =>
      who === 'client' ? (/^post \S+ (\S+)$/.exec(what)?.[1] ?? []) : [],
    ),
  )
  for (const { id, customerId } of script.posted.values()) {
    if (!posted.has(id) || script.erased.has(customerId)) continue
    const row = deployment.outside.table.under(`C#${customerId}`).find(({ sk }) => sk === `E#${id}`)
    if (!row) say('every event is worked on', `${id} was accepted, and is nowhere`)
  }
}

/** Of events alone: what dates, days and profiles start is held against the story without faults. */
function beginnings({ deployment, trees, script, journeys, handled, say }: Facts): void {
  for (const tree of trees) {
    const { name, trigger, per, again, holdout } = tree
    if (trigger.kind !== 'event' || script.touched.has(name)) continue
    const own = journeys.filter(({ workflow }) => workflow === name)
    for (const [customerId, events] of handled) {
      if (script.erased.has(customerId)) continue
      const mine = own.filter((one) => one.customerId === customerId)
      for (const { event, to } of events) {
        if (event.type !== trigger.event) continue
        const wanted = trigger.when === undefined || Number(event.data.n) > trigger.when.than
        const key = per ? String(event.data.ref) : customerId
        const begun = mine.find(({ entry }) => entry.id === event.id)
        const about = `${event.id} and ${name}`
        if (begun && !wanted)
          say('journeys begin where they should', `${about}: it began, and should not have`)
        if (begun && begun.key !== key)
          say('journeys begin where they should', `${about}: its key is ${begun.key}`)
        if (begun || !wanted) continue
        const stated = decisionsOn(deployment, event).some(([workflow]) => workflow === name)
        if (!stated)
          say('journeys begin where they should', `${about}: it did not begin, and nothing says why`)
        const inTheWay = mine.some((one) => one.key === key && one.enteredAt <= to)
        if (!inTheWay && !holdout)
          say('journeys begin where they should', `${about}: it did not begin, and nothing was in its way`)
        if (again === 'never' || !stated) continue
      }
      if (again === 'never')
        for (const key of new Set(mine.map((one) => one.key)))
          if (mine.filter((one) => one.key === key).length > 1)
            say('journeys begin where they should', `${customerId}/${name}/${key} began twice`)
    }
  }
}

function decisionsOn({ outside }: Deployment, { customerId, id }: CareEvent) {
  const row = outside.table.under(`C#${customerId}`).find(({ sk }) => sk === `E#${id}`)
  return eventRow.parse(JSON.parse(row?.body ?? '{}')).x ?? []
}

function ways({ trees, script, journeys, handled, lateMs, say }: Facts): number {
  let count = 0
  for (const journey of journeys) {
    const tree = trees.find(({ name }) => name === journey.workflow)
    if (!tree?.core || script.touched.has(tree.name) || script.erased.has(journey.customerId)) continue
    count++
    const wrong = checkJourney(tree, journey, handled.get(journey.customerId) ?? [], lateMs)
    if (wrong !== undefined) say('journeys go as the workflow says', `${nameOf(journey)} ${wrong}`)
  }
  return count
}

const roundOf = ({ values }: Decision): number => (typeof values?.round === 'number' ? values.round : 1)
const occasionOf = (said: Decision): string =>
  roundOf(said) > 1 ? `${said.step}~${roundOf(said)}` : `${said.step}`

function messages({ deployment, script, trees, journeys, say }: Facts): void {
  const taken = new Map<string, number[]>()
  for (const { tags } of deployment.outside.taken) {
    const name = `${nameOf(tags)}/${tags.step}`
    taken.set(name, [...(taken.get(name) ?? []), tags.attempt])
  }
  const stated = new Set<string>()
  for (const journey of journeys) {
    // Who is erased and comes again has the same journeys again, under the same names.
    if (script.erased.has(journey.customerId)) continue
    const tree = trees.find(({ name }) => name === journey.workflow)
    for (const said of journey.log) {
      if (said.rule !== 'send' && said.rule !== 'in-doubt') continue
      const name = `${nameOf(journey)}/${occasionOf(said)}`
      const times = taken.get(name)?.length ?? 0
      stated.add(name)
      if (said.rule === 'send' && WENT.has(said.outcome) && times === 0)
        say('each message once', `${name} is recorded as ${said.outcome}, and nobody had it`)
      const rule = tree && ruleOf(tree.steps, said.step ?? '')
      const doubted =
        journey.log.some((one) => one.rule === 'in-doubt') || roundOf(said) > 1 || tree?.core === false
      if (times > 1 && !(rule === 'resend' && doubted))
        say('each message once', `${name} went out ${times} times, and its rule is ${rule}`)
      if (said.rule === 'send' && said.outcome === 'refused' && times > 0 && rule !== 'resend')
        say('each message once', `${name} is recorded as refused, and went out`)
    }
  }
  for (const [name, attempts] of taken) {
    const [customerId = ''] = name.split('/')
    if (script.erased.has(customerId)) continue
    if (!stated.has(name)) say('each message once', `${name} went out, and no record says so`)
    if (new Set(attempts).size < attempts.length)
      say('each message once', `${name} went out twice in one try`)
  }
}

function ruleOf(nodes: readonly Node[], id: string): string | undefined {
  for (const node of nodes) {
    if (node.id === id) return node.verb === 'send' ? node.inDoubt : 'drop'
    const found = armsOf(node)
      .map((arm) => ruleOf(arm, id))
      .find((one) => one !== undefined)
    if (found !== undefined) return found
  }
  return undefined
}

function armsOf(node: Node): readonly (readonly Node[])[] {
  switch (node.verb) {
    case 'await':
    case 'if':
      return [node.then, node.else]
    case 'choose':
      return [...node.cases.map(({ then }) => then), node.else]
    case 'split':
      return node.arms
    case 'repeat':
      return [node.steps]
    default:
      return []
  }
}

function doubts({ deployment, journeys, say }: Facts): void {
  for (const journey of journeys)
    if (journey.log.some(({ rule, outcome }) => rule === 'in-doubt' && outcome === 'unknown'))
      if (!deployment.disturbed.has(journey.customerId))
        say('doubt is stated where it is real', `${nameOf(journey)} was in doubt, and nothing had gone wrong`)
}

function failures({ deployment, product, script, say }: Facts): void {
  for (const what of failuresAbout(deployment, product, script.erased))
    say('what fails for good is written down', what)
  const marks = deployment.outside.table.under('U')
  if (marks.length > 0) say('doubts are listed', `${marks[0]?.body} is over, and still marked`)
}

function effects({ deployment, script, journeys, say }: Facts): void {
  const { table, called } = deployment.outside
  const ids = new Map<string, Set<string>>()
  for (const { id, body } of called) ids.set(id, (ids.get(id) ?? new Set()).add(withoutTime(body)))
  for (const journey of journeys) {
    if (script.erased.has(journey.customerId)) continue
    const { customerId, workflow, key, run } = journey
    const rows = table.under(`C#${customerId}`)
    const created = journey.log.filter(({ rule, outcome }) => rule === 'task' && outcome === 'created')
    const tasks = rows.filter(({ sk, body = '' }) => {
      if (!sk.startsWith('T#')) return false
      const task: unknown = JSON.parse(body)
      return isOf(task, journey)
    })
    // One key may come again: its tasks are told apart by the moment of entry, which the row does not hold.
    const runs = journeys.filter(
      (one) => one.customerId === customerId && one.workflow === workflow && one.key === key,
    )
    const allCreated = runs.flatMap(({ log }) =>
      log.filter(({ rule, outcome }) => rule === 'task' && outcome === 'created'),
    )
    if (tasks.length !== allCreated.length)
      say('tasks once', `${nameOf(journey)} created ${created.length} tasks, and there are ${tasks.length}`)
    const listed = new Set(table.under('T').map(({ sk }) => sk))
    for (const { sk } of tasks) if (!listed.has(sk.slice(2))) say('tasks once', `${sk} is on no list`)

    for (const said of journey.log) {
      if (said.rule !== 'emit' || said.outcome !== 'emitted') continue
      const id = `emit:${workflow}:${key}:${run}:${occasionOf(said)}`
      if (!rows.some(({ sk }) => sk === `E#${id}`))
        say('webhooks and emitted events once', `${id} was emitted, and is nowhere`)
    }
    const answered = journey.log.filter(
      ({ rule, outcome }) => rule === 'webhook' && outcome === 'answered',
    ).length
    const told = [...ids.values()].filter((bodies) =>
      [...bodies].some(
        (body) =>
          body.includes(`"workflow":"${workflow}","key":"${key}","run":${run},`) &&
          body.includes(`"customerId":"${customerId}"`),
      ),
    ).length
    if (told < answered)
      say(
        'webhooks and emitted events once',
        `${nameOf(journey)} was answered ${answered} times by ${told} calls`,
      )
  }
  const erased = (body: string) => [...script.erased].some((id) => body.includes(`"customerId":"${id}"`))
  for (const [id, bodies] of ids)
    if (bodies.size > 1 && ![...bodies].some(erased))
      say('webhooks and emitted events once', `${id} was called with different things`)
  for (const { pk, sk } of table.all())
    if (pk.startsWith('C#') && sk.startsWith('E#emit:') && !script.erased.has(pk.slice(2))) {
      const [, workflow, key, run] = sk.split(':')
      if (!journeys.some((one) => one.workflow === workflow && one.key === key && String(one.run) === run))
        say('webhooks and emitted events once', `${sk} was emitted by nobody`)
    }
}

const withoutTime = (body: string): string => body.replace(/"timestamp":"[^"]*"/, '')

function isOf(task: unknown, { workflow, key }: Enrollment): boolean {
  return (
    typeof task === 'object' &&
    task !== null &&
    'workflow' in task &&
    'key' in task &&
    task.workflow === workflow &&
    task.key === key
  )
}

/** What was answered behind links: each an event, once, whatever crashed on the way. */
function answers({ deployment, script, say }: Facts): void {
  const { table } = deployment.outside
  for (const [id, { customerId, taken }] of script.answers)
    if (taken && !script.erased.has(customerId))
      if (!table.under(`C#${customerId}`).some(({ sk }) => sk === `E#${id}`))
        say('answers once', `${id} was taken, and is nowhere`)
  for (const { pk, sk } of table.all())
    if (sk.startsWith('E#appointment:') && !script.answers.has(sk.slice(2)))
      say('answers once', `${pk} has ${sk}, which nobody gave`)
}

/** Counted again from the records, by hand. */
function figures({ deployment, script, trees, journeys, say }: Facts): void {
  if (script.erased.size > 0) return
  for (const { name } of trees) {
    const counted: { [counter: string]: number } = {}
    const bump = (counter: string) => {
      counted[counter] = (counted[counter] ?? 0) + 1
    }
    for (const journey of journeys.filter(({ workflow }) => workflow === name)) {
      if (journey.reason === 'held-out') continue
      bump('entered')
      bump(`ended.${journey.reason}`)
      if (journey.converted) bump('converted')
      for (const { rule, outcome, step } of journey.log)
        if (rule === 'send' && WENT.has(outcome)) bump(`sent.${step}`)
    }
    const stored: { [counter: string]: number } = {}
    for (const { counters = {} } of deployment.outside.table.under(`S#${name}`))
      for (const [counter, n] of Object.entries(counters))
        if (/^(entered|converted|ended\.|sent\.)/.test(counter)) stored[counter] = (stored[counter] ?? 0) + n
    for (const counter of new Set([...Object.keys(counted), ...Object.keys(stored)]))
      if (counted[counter] !== stored[counter])
        say(
          'figures are exact',
          `${name} ${counter} is ${stored[counter] ?? 0}, and should be ${counted[counter] ?? 0}`,
        )
  }
}

function profiles({ deployment, script, trees, journeys, handled, say }: Facts): void {
  for (const customerId of script.customers) {
    // The event that brought the profile, and what journeys wrote over it since.
    const intro = (handled.get(customerId) ?? []).find(({ event }) => event.id === `${customerId}-e0`)
    const wrote = journeys.some(
      (one) =>
        one.customerId === customerId &&
        one.log.some(
          ({ rule, outcome, at }) =>
            rule === 'set' &&
            outcome === 'changed' &&
            (one.entry.id === intro?.event.id || at > (intro?.to ?? 0)),
        ),
    )
    const { body = '' } = deployment.outside.table.under(`C#${customerId}`).find(({ sk }) => sk === '!') ?? {}
    if (wrote && !deployment.hasty && !script.erased.has(customerId) && body.includes('"last":"event"'))
      say(
        'profiles hold what was set',
        `what a journey of ${customerId} wrote was written over by an older event`,
      )
  }
  for (const { name, follow } of trees) {
    const attribute = `by-${name}`.replaceAll('-', '_')
    for (const customerId of script.customers) {
      if (script.erased.has(customerId)) continue
      const setters = journeys.filter(
        (one) =>
          one.customerId === customerId &&
          one.workflow === name &&
          typeof one.entry.data?.n === 'number' &&
          one.log.some(({ rule, outcome }) => rule === 'set' && outcome === 'changed'),
      )
      const row = deployment.outside.table.under(`C#${customerId}`).find(({ sk }) => sk === '!')
      const text = row?.body ?? ''
      const value = new RegExp(`"${attribute}":(\\d+)`).exec(text)?.[1]
      if (
        setters.length === 0 &&
        value !== undefined &&
        !journeys.some(({ log }) => log.some(({ rule }) => rule === 'set'))
      )
        say('profiles hold what was set', `${customerId} has ${attribute}, which nobody set`)
      if (setters.length > 0 && value === undefined)
        say('profiles hold what was set', `${customerId} lacks ${attribute}`)
      const could = setters.map(({ entry }) => String(entry.data?.n))
      if (value !== undefined && !follow && setters.length > 0 && !could.includes(value))
        say(
          'profiles hold what was set',
          `${attribute} of ${customerId} is ${value}, and was set to ${could.join(', ')}`,
        )
    }
  }
}

function outcomeOf({ sim, script, journeys }: Facts): Outcome {
  const disturbing = sim.plan.met.some(({ point }) => /^(sender|texter|webhooks|provider|tick)/.test(point))
  const doubtful = sim.trace.some(({ what }) =>
    /mail\.in-doubt|mail\.held|work\.(dead|unburied)|claim\.recovered|^tick (fails|is gone)/.test(what),
  )
  const all: Outcome['journeys'] = {}
  for (const journey of journeys) {
    // What an erasure meets in the queue and in hand follows from seconds.
    if (script.erased.has(journey.customerId)) continue
    const sends = journey.log.filter(({ rule }) => rule === 'send' || rule.startsWith('gate.'))
    const said = sends.map((one) => `${occasionOf(one)} ${WENT.has(one.outcome) ? 'went' : one.rule}`).sort()
    const other = journey.log
      .filter(({ rule }) => ['task', 'coupon', 'set', 'emit', 'webhook'].includes(rule))
      // Who gets the last code of a pool follows from who comes first.
      .map((one) => `${one.rule} ${occasionOf(one)} ${one.rule === 'coupon' ? '' : one.outcome}`)
      .sort()
    all[`${nameOf(journey)} of ${journey.entry.id}`] = [
      journey.reason ?? journey.phase,
      ...said,
      ...other,
    ].join('; ')
  }
  return { journeys: all, postponedMs: disturbing || doubtful ? Number.POSITIVE_INFINITY : 0 }
}

export const lawsOf = { lookAfter, isOver, judge }
