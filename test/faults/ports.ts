/** The World of a process in a story: every port a named call that may go wrong. */
import { Unavailable } from '../../aws/unavailable.ts'
import { LAST_TRY } from '../../functions/worker.ts'
import type {
  CallOutcome,
  DeadLetterQueue,
  OutgoingCall,
  Row,
  RuntimeConfig,
  SendOutcome,
  Table,
  World,
  WriteResult,
} from '../../runtime/ports.ts'
import type { Letters } from './fifo.ts'
import type { Outside } from './outside.ts'
import { kindOfQuery, kindOfRow } from './points.ts'
import type { Answers, Invocation, Process, Simulation } from './simulation.ts'

/** Invocations of a process share its world; whoever runs last says which one a call belongs to. */
export interface Given {
  sim: Simulation
  outside: Outside
  process: Process
  config: RuntimeConfig
  /** Whether the provider can be asked what it took. */
  knows: boolean
  /** How many processes share the account's rate; undefined: nobody counts. */
  shares: number | undefined
}

class Denied extends Error {
  override readonly name = 'AccessDeniedException'
}

/** What kind of work a message is: the first thing that it says. */
export const kindOf = (body: string): string => /^\{"kind":"([a-z]+)"/.exec(body)?.[1] ?? 'unknown'

export function worldOf({ sim, outside, process, config, knows, shares }: Given): World {
  const { queue, adapters } = outside
  const table: Table = adapters?.table ?? outside.table
  // A process of the cloud has one invocation; an embedded one has several, and all that is disturbed is them all.
  const caller = (): Invocation | undefined => [...process.invocations].at(-1)
  const failing = <T>(): Answers<T> => ({
    throttled: () => raise(new Unavailable('call', new Error('ThrottlingException'))),
    unavailable: () => raise(new Unavailable('call', new Error('ECONNRESET'))),
    refused: () => raise(new Denied('not allowed')),
    lost: () => raise(new Unavailable('call', new Error('ETIMEDOUT'))),
  })
  const webhook = async (outgoing: OutgoingCall): Promise<CallOutcome> => {
    outside.answer(outgoing)
    return { status: 'answered', code: 200, body: '{"points":7}' }
  }
  const call = <T>(
    point: string,
    effect: () => Promise<T>,
    told: string,
    answers: Partial<Answers<T>> = {},
  ) => sim.call(process, caller, point, effect, { ...failing<T>(), ...answers }, told)
  const row = (point: string, { pk, sk }: Pick<Row, 'pk' | 'sk'>, effect: () => Promise<WriteResult>) =>
    call(`table.${point} ${kindOfRow({ pk, sk })}`, effect, ` ${pk} ${sk}`)
  const sending = (take: () => string): [() => Promise<SendOutcome>, Partial<Answers<SendOutcome>>] => [
    async () => ({ status: 'sent', messageId: take() }),
    {
      throttled: () => ({
        status: 'retry',
        reason: 'ThrottlingException: slow down',
        hold: true,
        afterMs: 60_000,
      }),
      refused: () => ({ status: 'refused', reason: 'MessageRejected: no' }),
      unavailable: () => ({ status: 'unknown', reason: 'ECONNRESET' }),
      lost: () => ({ status: 'unknown', reason: 'ETIMEDOUT' }),
      definite: ['throttled', 'refused'],
    },
  ]
  const lettersOf = (of: 'work' | 'timers', letters: Letters): DeadLetterQueue => ({
    receive: () => call(`letters.receive ${of}`, async () => letters.receive(sim.now), ''),
    delete: (letter) => call(`letters.delete ${of}`, async () => letters.delete(letter), ` ${letter.id}`),
  })
  let ids = 0
  return {
    table: {
      get: (pk, sk) => call(`table.get ${kindOfRow({ pk, sk })}`, () => table.get(pk, sk), ` ${pk} ${sk}`),
      query: (pk, options) =>
        call(`table.query ${kindOfQuery(pk, options?.from)}`, () => table.query(pk, options), ` ${pk}`),
      put: (written, condition) => row('put', written, () => table.put(written, condition)),
      delete: (pk, sk, condition) => row('delete', { pk, sk }, () => table.delete(pk, sk, condition)),
      add: (pk, sk, counters) =>
        call(`table.add ${kindOfRow({ pk, sk })}`, () => table.add(pk, sk, counters), ` ${pk} ${sk}`),
      scan: (options) => call('table.scan', () => table.scan(options), ''),
    },
    queue: {
      send: async (messages) => {
        const [first] = messages
        if (!first) return
        const take = async (some: typeof messages) => {
          const came = adapters ? await adapters.send([...some]) : some
          for (const message of came) queue.send(message, sim.now)
          outside.onMessage()
        }
        const half = () => take(messages.slice(0, Math.ceil(messages.length / 2)))
        const told = ` ${messages.map(({ group }) => group).join(' ')}`
        await call(`queue.send ${kindOf(first.body)}`, () => take(messages), told, { half })
      },
    },
    timers: {
      arm: (timer) =>
        call(
          `timers.arm ${kindOf(timer.body) === 'wake' ? 'journey' : 'event'}`,
          async () => {
            await adapters?.timers.arm(timer)
            outside.arm(timer)
          },
          ` ${timer.group} at ${new Date(timer.at).toISOString()}`,
        ),
    },
    sender: {
      send: (mail) => {
        const [take, answers] = sending(() => outside.take(mail, true))
        const effect = async (): Promise<SendOutcome> => {
          const outcome = await adapters?.sender.send(mail)
          return outcome === undefined || outcome.status === 'sent' ? await take() : outcome
        }
        return call('sender.send', effect, ` ${mail.tags.workflow} ${mail.tags.step} to ${mail.to}`, answers)
      },
      find: (tags) =>
        call(
          'sender.find',
          async () => (knows ? (outside.has(tags) ? 'sent' : 'unsent') : 'unknown'),
          ` ${tags.step}`,
        ),
    },
    texter: {
      send: (text) => {
        const [effect, answers] = sending(() => outside.take(text, false))
        return call(
          'texter.send',
          effect,
          ` ${text.tags.workflow} ${text.tags.step} to ${text.to} by ${text.channel}`,
          answers,
        )
      },
    },
    webhooks: {
      call: (outgoing) =>
        call('webhooks.call', () => webhook(outgoing), '', {
          throttled: () => ({ status: 'answered', code: 429 }),
          refused: () => ({ status: 'answered', code: 400 }),
          unavailable: () => ({ status: 'unreachable', reason: 'ECONNRESET' }),
          lost: () => ({ status: 'unreachable', reason: 'timed out' }),
          definite: ['throttled', 'refused', 'unavailable', 'lost-answer'],
        }),
    },
    deadLetters: {
      work: lettersOf('work', queue.letters),
      timers: lettersOf('timers', outside.deadTimers),
    },
    ...(shares !== undefined && {
      mailPace: {
        account: { quota: () => call('account.quota', async () => outside.quota(), '') },
        shares,
        sleep: (ms: number) =>
          sim.call(
            process,
            caller,
            'account.turn',
            async () => {},
            failing<void>(),
            ` in ${Math.ceil(ms)} ms`,
            Math.ceil(ms),
          ),
      },
    }),
    clock: { now: () => sim.now, monotonicMs: () => sim.now - process.startedAt },
    ids: {
      next: (prefix) => `${prefix}${process.name}-${++ids}`,
      secret: () => `secret-of-${process.name}-${++ids}`,
    },
    log: (level, message, facts = {}) => {
      if (message === 'work.failed' && Number(facts.tries) >= LAST_TRY) outside.givenUp.add(String(facts.id))
      if (level === 'warn' || level === 'error') sim.note(process.name, `says ${message}`)
    },
    config: { ...config, owner: process.name },
  }
}

function raise(error: Error): never {
  throw error
}
