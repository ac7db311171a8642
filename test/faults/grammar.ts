/** Small random workflows: a tree, and the definition that the real compiler is given of it. */
import type { JsonObject } from '../../engine/model.ts'
import type { Draw } from './draw.ts'
import type { Feature } from './points.ts'

/** `n` and `ref` are what every event of a story carries. */
export interface Question {
  /** `event.n > than`; a question to the entry, or to the event that is looked at. */
  than: number
}

export type Node = { id: string } & (
  | {
      verb: 'send'
      channel: 'email' | 'sms' | 'whatsapp'
      inDoubt: 'drop' | 'resend' | 'ask'
      topic?: 'offers'
    }
  | { verb: 'survey' }
  | { verb: 'wait'; minutes: number; at?: string }
  | { verb: 'until'; past: 'skip' | 'now' }
  | { verb: 'await'; event: string; when?: Question; days: number; then: Node[]; else: Node[] }
  | { verb: 'if'; when: Question; then: Node[]; else: Node[] }
  | { verb: 'choose'; cases: { when: Question; then: Node[] }[]; else: Node[] }
  | { verb: 'split'; arms: Node[][] }
  | { verb: 'repeat'; times: number; days: number; steps: Node[] }
  | { verb: 'set'; attribute: string }
  | { verb: 'emit'; event: string }
  | { verb: 'task' }
  | { verb: 'webhook' }
  | { verb: 'coupon'; from: 'pool' | 'pattern' }
  | { verb: 'stop' }
)

export interface Tree {
  name: string
  trigger: { kind: 'event'; event: string; when?: Question } | { kind: 'date' | 'calendar' | 'becomes' }
  per: boolean
  again: 'never' | 'always'
  exit: boolean
  goal: boolean
  follow: boolean
  /** It is about an appointment, and its mails link to the page of it. */
  link: boolean
  holdout: boolean
  priority: number
  steps: Node[]
  /** Every verb and clause in it is one that the model knows. */
  core: boolean
  features: Feature[]
}

/** In minutes. */
const DAY = 24 * 60
const SHORT = 430

const CORE: [Node['verb'], number][] = [
  ['send', 6],
  ['wait', 4],
  ['await', 3],
  ['if', 2],
  ['coupon', 1],
]
const ALL: [Node['verb'], number][] = [
  ...CORE,
  ['survey', 1],
  ['until', 1],
  ['choose', 1],
  ['split', 1],
  ['repeat', 2],
  ['set', 2],
  ['emit', 2],
  ['task', 2],
  ['webhook', 2],
  ['stop', 0.4],
]

type Kind = Tree['trigger']['kind']

/** What a story may meet beside what every workflow can do. */
const KINDS: [[Kind, number], ...[Kind, number][]] = [
  ['event', 10],
  ['date', 1],
  ['calendar', 1],
  ['becomes', 1],
]

export function growTree(draw: Draw, name: string): Tree {
  const core = draw.chance('core', 0.5)
  const verbs = core ? CORE : ALL
  let ids = 0
  let short = false
  // At most one short wait, which ends between the moments at which a script lets anything happen.
  const waitOf = (part: string, inRound: boolean): number => {
    if (short || inRound || !draw.chance(`${part} short`, 0.4)) return draw.whole(`${part} days`, 1, 2) * DAY
    short = true
    return SHORT
  }
  const features = new Set<Feature>(['any'])
  const grow = (part: string, depth: number, most: number, inRound: boolean): Node[] =>
    Array.from({ length: draw.whole(`${part} length`, 1, most) }, (_, index) =>
      node(`${part}.${index}`, depth, inRound),
    )
  const arm = (part: string, depth: number, inRound: boolean): Node[] =>
    draw.chance(`${part} empty`, 0.25) ? [] : grow(part, depth + 1, 2, inRound)
  const question = (part: string): Question => ({ than: draw.whole(`${part} than`, 1, 7) })

  function node(part: string, depth: number, inRound: boolean): Node {
    const fits = verbs.filter(
      ([verb]) => !(inRound && verb === 'repeat') && !(depth >= 2 && NESTING.has(verb)),
    )
    const [first = ['send', 1] satisfies [Node['verb'], number], ...others] = fits
    const verb = draw.weighted(`${part} verb`, [first, ...others])
    const id = `${verb}-${++ids}`
    switch (verb) {
      case 'send': {
        const text = draw.chance(`${part} sms`, 0.2)
        if (text) features.add('text')
        return {
          id,
          verb,
          channel: text ? draw.one(`${part} text by`, ['sms', 'whatsapp']) : 'email',
          inDoubt: draw.one(`${part} doubt`, ['drop', 'resend', 'ask']),
          ...(!core && draw.chance(`${part} topic`, 0.3) && { topic: 'offers' as const }),
        }
      }
      case 'survey':
        features.add('survey')
        return { id, verb }
      case 'wait':
        return {
          id,
          verb,
          minutes: waitOf(part, inRound),
          ...(!core &&
            draw.chance(`${part} at`, 0.3) && { at: draw.one(`${part} time`, ['10:10', '18:10']) }),
        }
      case 'until':
        return { id, verb, past: draw.one(`${part} past`, ['skip', 'now']) }
      case 'await':
        return {
          id,
          verb,
          event: draw.one(`${part} event`, ['purchase', 'ping']),
          ...(draw.chance(`${part} asks`, 0.5) && { when: question(part) }),
          days: draw.whole(`${part} days`, 1, 3),
          then: arm(`${part}.then`, depth, inRound),
          else: arm(`${part}.else`, depth, inRound),
        }
      case 'if':
        return {
          id,
          verb,
          when: question(part),
          then: grow(`${part}.then`, depth + 1, 2, inRound),
          else: arm(`${part}.else`, depth, inRound),
        }
      case 'choose':
        return {
          id,
          verb,
          cases: [1, 2].map((one) => ({
            when: question(`${part}.${one}`),
            then: grow(`${part}.${one}`, depth + 1, 2, inRound),
          })),
          else: arm(`${part}.else`, depth, inRound),
        }
      case 'split':
        return {
          id,
          verb,
          arms: [grow(`${part}.1`, depth + 1, 2, inRound), arm(`${part}.2`, depth, inRound)],
        }
      case 'repeat':
        return {
          id,
          verb,
          times: draw.whole(`${part} times`, 2, 3),
          days: draw.whole(`${part} days`, 1, 2),
          steps: grow(`${part}.round`, depth + 1, 3, true),
        }
      case 'set':
        return { id, verb, attribute: `by-${name}`.replaceAll('-', '_') }
      case 'emit':
        return { id, verb, event: draw.one(`${part} event`, ['gift.sent', 'ping']) }
      case 'coupon':
        features.add('coupon')
        return { id, verb, from: draw.one(`${part} from`, ['pool', 'pattern']) }
      case 'task':
        features.add('task')
        return { id, verb }
      case 'webhook':
        features.add('webhook')
        return { id, verb }
      case 'stop':
        return { id, verb }
    }
  }

  const kind = core ? 'event' : draw.weighted('trigger', KINDS)
  if (kind !== 'event') features.add(kind)
  const per = kind === 'event' && draw.chance('per', 0.7)
  const steps = grow('steps', 0, 4, false)
  const exit = draw.chance('exit', 0.4)
  const mails = steps.some((step) => step.verb === 'send' && step.channel === 'email')
  const link = !core && per && mails && draw.chance('link', 0.5)
  if (link) features.add('link')
  if (core && !exit && waitsSoon(steps)) features.add('timer')
  return {
    name,
    trigger:
      kind === 'event'
        ? {
            kind,
            event: core
              ? 'order'
              : draw.weighted('event', [
                  ['order', 5],
                  ['gift.sent', 1],
                ]),
            ...(draw.chance('asks', 0.4) && { when: { than: draw.whole('than', 0, 4) } }),
          }
        : { kind },
    per,
    again: draw.one('again', ['never', 'always']),
    exit,
    link,
    goal: draw.chance('goal', 0.35),
    follow: !core && per && draw.chance('follow', 0.3),
    holdout: !core && draw.chance('holdout', 0.1),
    priority: core ? 0 : draw.whole('priority', 0, 2),
    steps,
    core,
    features: [...features],
  }
}

/** Every journey comes to a short wait, whatever its event says. */
function waitsSoon([first, ...others]: readonly Node[]): boolean {
  if (first?.verb === 'wait') return first.minutes === SHORT || waitsSoon(others)
  return (first?.verb === 'send' || first?.verb === 'coupon') && waitsSoon(others)
}

const NESTING = new Set<Node['verb']>(['await', 'if', 'choose', 'split', 'repeat'])

const asks = ({ than }: Question) => `event.n > ${than}`

export function definitionOf(tree: Tree): JsonObject {
  const { trigger } = tree
  return {
    workflow: tree.name,
    topic: 'service',
    ...(tree.priority > 0 && { priority: tree.priority }),
    trigger:
      trigger.kind === 'event'
        ? { event: trigger.event, ...(trigger.when && { when: asks(trigger.when) }) }
        : TRIGGERS[trigger.kind],
    enroll: {
      ...(tree.per && { per: 'event.ref' }),
      again: tree.again,
      ...(tree.follow && { follow: [{ event: 'moved', when: 'event.ref == enrollment.key' }] }),
      ...(tree.holdout && { holdout: '50%' }),
    },
    ...(tree.exit && {
      exit: [{ event: 'cancel', ...(tree.per && { when: 'event.ref == enrollment.key' }) }],
    }),
    ...(tree.goal && {
      goal: { event: 'purchase', when: 'event.n > 4', within: '5 days', value: 'event.n' },
    }),
    ...(tree.link && { appointment: { id: 'event.ref', starts: 'event.startsAt' } }),
    steps: tree.steps.map((node) => stepOf(node, tree.link)),
  }
}

const TRIGGERS = {
  date: { date: 'due', every: 'once', at: '09:10' },
  calendar: { calendar: '2026-05-08', at: '10:10' },
  becomes: { becomes: 'customer.tier == "gold"' },
}

function stepOf(node: Node, link: boolean): JsonObject {
  const steps = (nodes: Node[]): JsonObject[] => nodes.map((one) => stepOf(one, link))
  const { id } = node
  switch (node.verb) {
    case 'send':
      return {
        send: { email: link ? 'visit' : 'mail', sms: 'text', whatsapp: 'approved' }[node.channel],
        id,
        inDoubt: node.inDoubt,
        ...(node.channel !== 'email' && { channel: node.channel }),
        ...(node.topic && { topic: node.topic }),
      }
    case 'survey':
      return { survey: 'csat', id, template: 'rate' }
    case 'wait':
      return {
        wait: node.minutes % DAY === 0 ? `${node.minutes / DAY} days` : `${node.minutes} minutes`,
        id,
        ...(node.at !== undefined && { at: node.at }),
      }
    case 'until':
      return { wait: null, id, until: 'due', at: '11:10', past: node.past }
    case 'await':
      return {
        await: node.event,
        id,
        ...(node.when && { when: asks(node.when) }),
        for: `${node.days} days`,
        ...(node.then.length > 0 && { then: steps(node.then) }),
        ...(node.else.length > 0 && { else: steps(node.else) }),
      }
    case 'if':
      return {
        if: asks(node.when),
        id,
        then: steps(node.then),
        ...(node.else.length > 0 && { else: steps(node.else) }),
      }
    case 'choose':
      return {
        choose: node.cases.map(({ when, then }) => ({ when: asks(when), then: steps(then) })),
        id,
        ...(node.else.length > 0 && { else: steps(node.else) }),
      }
    case 'split':
      return { split: node.arms.map((arm) => ({ '50%': arm.length > 0 ? steps(arm) : null })), id }
    case 'repeat':
      return { repeat: `${node.times} times`, id, every: `${node.days} days`, steps: steps(node.steps) }
    case 'set':
      return { set: { [node.attribute]: 'event.n', last: JSON.stringify(node.attribute) }, id }
    case 'emit':
      return { emit: node.event, id, data: { n: 'event.n', ref: 'event.ref' } }
    case 'task':
      return { task: `call-${id}`, id, queue: 'care', title: 'Call {{ customer.id }}' }
    case 'webhook':
      return { webhook: 'shop', id, data: { n: 'event.n' } }
    case 'coupon': {
      const coupon = id.replace('-', '')
      return node.from === 'pool' ? { coupon, id, pool: 'gifts' } : { coupon, id, pattern: 'GIFT-????-##' }
    }
    case 'stop':
      return { stop: 'enough', id }
  }
}
