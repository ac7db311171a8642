/** Random programs, flattened as the compiler does it: every arm leads on to where the arms join. */
import fc from 'fast-check'
import type { Program, Step } from '../../engine/program.ts'
import { awaitStep, branch, program, send } from './world.ts'

type Node =
  | { kind: 'send'; inDoubt: 'drop' | 'resend' | 'ask'; topic: string }
  | { kind: 'wait'; duration: string; at?: string }
  | { kind: 'until'; until: string; past: 'skip' | 'now' }
  | { kind: 'set' | 'task' | 'coupon' | 'emit' | 'webhook' | 'stop' }
  | { kind: 'if' | 'await' | 'choose' | 'split' | 'repeat'; yes: Node[]; no: Node[] }

const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    inDoubt: fc.constantFrom('drop' as const, 'resend' as const, 'ask' as const),
    topic: fc.constantFrom('service', 'offers', 'news'),
  }),
  fc.record({
    kind: fc.constant('wait' as const),
    duration: fc.constantFrom('PT1H', 'P1D', 'P1M', 'P0D'),
    at: fc.constantFrom('10:00', '02:30'),
  }),
  fc.record({
    kind: fc.constant('until' as const),
    until: fc.constantFrom('customer.renewal', 'customer.birthday', 'event.nothing'),
    past: fc.constantFrom('skip' as const, 'now' as const),
  }),
  fc.record({
    kind: fc.constantFrom(
      'set' as const,
      'task' as const,
      'coupon' as const,
      'emit' as const,
      'webhook' as const,
      'stop' as const,
    ),
  }),
)

const { tree } = fc.letrec<{ tree: Node[]; node: Node }>((tie) => ({
  tree: fc.array(tie('node'), { maxLength: 4 }),
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom(
        'if' as const,
        'await' as const,
        'choose' as const,
        'split' as const,
        'repeat' as const,
      ),
      yes: tie('tree'),
      no: tie('tree'),
    }),
  ),
}))

export const anyProgram: fc.Arbitrary<Program> = fc
  .tuple(tree, fc.boolean(), fc.boolean())
  .map(([nodes, goal, exit]) => {
    const steps: Step[] = []
    const first = flatten(nodes, null, steps)
    return program(steps, {
      first,
      ...(goal && { goal: { event: 'purchase', within: 'P60D', value: 'event.total' } }),
      exit: exit ? [{ event: 'ticket.reopened', when: 'event.ticketId == entry.ticketId' }] : [],
      listensTo: ['purchase', 'ticket.reopened'],
    })
  })

/** `round`: inside of a repeat, where no other one may stand. */
function flatten(nodes: Node[], join: string | null, steps: Step[], round = false): string | null {
  return nodes.reduceRight<string | null>((next, node) => {
    const id = `s${steps.length}`
    const at = steps.push({ id, next, verb: 'stop', reason: 'placeholder' }) - 1
    steps[at] = stepOf(node, id, next, steps, round)
    return id
  }, join)
}

function stepOf(node: Node, id: string, next: string | null, steps: Step[], round: boolean): Step {
  const arm = (nodes: Node[]) => flatten(nodes, next, steps, round)
  switch (node.kind) {
    case 'send':
      return send(id, next, { inDoubt: node.inDoubt, topic: node.topic })
    case 'wait':
      return {
        id,
        next,
        verb: 'wait',
        duration: node.duration,
        ...(node.at !== undefined && { at: node.at }),
      }
    case 'until':
      return { id, next, verb: 'wait', until: { value: node.until }, past: node.past, beyond: null }
    case 'set':
      return { id, next, verb: 'set', values: { visits: 'customer.visits + 1', tier: '"gold"' } }
    case 'emit':
      return {
        id,
        next,
        verb: 'emit',
        event: 'gift.sent',
        data: { total: 'event.total', hole: 'event.nothing' },
      }
    case 'webhook':
      return { id, next, verb: 'webhook', name: 'crm', data: { total: 'event.total' } }
    case 'task':
      return { id, next, verb: 'task', name: id, queue: 'q', title: '{{ customer.nobody }}' }
    case 'coupon':
      return { id, next, verb: 'coupon', name: id, source: { pool: 'p' } }
    case 'stop':
      return { id, next: null, verb: 'stop', reason: 'stopped' }
    case 'repeat':
      if (round) return { id, next: arm(node.yes), verb: 'wait', duration: 'PT1H' }
      return {
        id,
        next,
        verb: 'repeat',
        times: 3,
        every: 'P1D',
        first: flatten(node.yes, id, steps, true),
      }
    case 'if':
      return branch(id, 'customer.tier == "gold"', arm(node.yes), arm(node.no), next)
    case 'choose':
      return {
        id,
        next,
        verb: 'choose',
        cases: [
          { when: 'customer.tier == "silver"', first: next },
          { when: 'customer.visits >= 2', first: arm(node.yes) },
        ],
        else: arm(node.no),
      }
    case 'split':
      return {
        id,
        next,
        verb: 'split',
        arms: [
          { share: 33.4, first: arm(node.yes) },
          { share: 33.3, first: next },
          { share: 33.3, first: arm(node.no) },
        ],
      }
    case 'await':
      return awaitStep(
        id,
        { event: 'purchase', when: 'event.total > 50', for: 'P2D' },
        arm(node.yes),
        arm(node.no),
        next,
      )
  }
}
