/** What scenarios name must be in the workflow: mails, tasks, coupons, events, reasons. */
import type { Flaw } from '../language/flaw.ts'
import { listed, nearest } from '../language/nearest.ts'
import type { Program } from '../program.ts'
import { type ExpectationWords, type ScenarioWords, type Subject, SUBJECTS } from './schema.ts'

interface Unknown {
  name: string
  what: string
  known: string[]
  meant: string | undefined
}

const whats: { [subject in Subject]?: string } = {
  emit: 'emitted event',
  never: 'mail, task, coupon, emitted event or webhook',
  ends: 'end',
}

/** The name of an expectation, where the workflow has nothing of that name. */
export function unknownIn(words: ExpectationWords, subject: Subject, program: Program): Unknown | undefined {
  if (subject === 'enters' || subject === 'converted') return undefined
  if (subject === 'customer') return unknownAttribute(words, program)
  const name = words[subject]
  const known = namesOf(program)[subject]
  if (name === undefined || known.includes(name)) return undefined
  return { name, what: whats[subject] ?? subject, known, meant: nearest(name, known) }
}

/** An attribute that no step sets is never changed by the workflow. */
function unknownAttribute({ customer = {} }: ExpectationWords, program: Program): Unknown | undefined {
  const known = [
    ...new Set(
      Object.values(program.steps).flatMap((step) => (step.verb === 'set' ? Object.keys(step.values) : [])),
    ),
  ]
  const name = Object.keys(customer).find((attribute) => !known.includes(attribute))
  if (name === undefined) return undefined
  return { name, what: '`set` of', known, meant: nearest(name, known) }
}

function namesOf(program: Program) {
  const steps = Object.values(program.steps)
  const things = {
    mail: steps.flatMap((step) => (step.verb === 'send' && step.channel === 'email' ? [step.template] : [])),
    message: steps.flatMap((step) => (step.verb === 'send' ? [step.template] : [])),
    task: steps.flatMap((step) => (step.verb === 'task' ? [step.name] : [])),
    coupon: steps.flatMap((step) => (step.verb === 'coupon' ? [step.name] : [])),
    emit: steps.flatMap((step) => (step.verb === 'emit' ? [step.event] : [])),
    webhook: steps.flatMap((step) => (step.verb === 'webhook' ? [step.name] : [])),
  }
  const stops = steps.flatMap((step) => (step.verb === 'stop' ? [step.reason] : []))
  const ends = [...new Set(['completed', 'converted', 'exited', 'held-out', ...stops])]
  return { ...things, never: [...new Set(Object.values(things).flat())], ends }
}

/** Everything that one scenario names and the workflow does not know. */
export function unknownNames({ given, expect }: ScenarioWords, index: number, program: Program): Flaw[] {
  const listened = [
    ...program.listensTo,
    ...(program.trigger.kind === 'event' ? [program.trigger.event] : []),
    ...namesOf(program).emit,
  ]
  const events = (given ?? []).flatMap(({ event }, at): Flaw[] => {
    const meant = event === undefined || listened.includes(event) ? undefined : nearest(event, listened, 1)
    if (meant === undefined) return []
    return [
      {
        path: [index, 'given', at, 'event'],
        severity: 'warning',
        message: `Nothing in the workflow listens to \`${event}\``,
        hint: `Did you mean \`${meant}\`?`,
      },
    ]
  })
  const names = expect.flatMap((words, at) =>
    SUBJECTS.flatMap((subject): Flaw[] => {
      const unknown = unknownIn(words, subject, program)
      if (!unknown) return []
      const { name, what, known, meant } = unknown
      const there = known.map((one) => `\`${one}\``)
      return [
        {
          path: [index, 'expect', at, subject],
          message: `The workflow has no ${what} \`${name}\``,
          hint: meant
            ? `Did you mean \`${meant}\`?`
            : there.length > 0
              ? `There ${there.length === 1 ? 'is' : 'are'} ${listed(there, 'and')}.`
              : 'There is none in its steps.',
        },
      ]
    }),
  )
  return [...events, ...names]
}
