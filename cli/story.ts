/** A compiled workflow told from top to bottom in plain language. */
import type { CompiledWorkflow } from '../engine/language/compile.ts'
import type { Settings } from '../engine/model.ts'
import type { Program, Step, StepId, WaitStep } from '../engine/program.ts'
import { carries, isText } from '../engine/text/template.ts'
import { languageWords, readable } from './story-liquid.ts'
import { counted, paint } from './terminal.ts'
import { startWords } from './trigger-story.ts'
import {
  channelWords,
  code,
  eventWords,
  firstWords,
  spanBefore,
  spanWords,
  topicWords,
  weekdayWords,
} from './words.ts'

export interface Story {
  title: string
  name: string
  description: string | undefined
  /** What to know before the steps: label and sentence. */
  about: [label: string, text: string][]
  steps: Chapter[]
}

export interface Chapter {
  /** `4.1` */
  number: string
  id: StepId
  text: string
  /** Nothing can follow. */
  ends: boolean
  arms: { when: string; steps: Chapter[] }[]
}

export function storyOf({ program, templates }: CompiledWorkflow, settings: Settings): Story {
  const { trigger, enroll, goal, exit } = program
  const about: Story['about'] = [['Starts', startWords(trigger)]]
  about.push([
    'Who',
    trigger.audience === undefined ? 'every customer' : `customers for whom ${code(trigger.audience)}`,
  ])
  about.push(['Enters', enrollWords(enroll)])
  if (enroll.holdout !== undefined)
    about.push([
      'Held out',
      `${enroll.holdout} percent of the customers, always the same ones, to compare them with those who enter`,
    ])
  if (program.priority !== undefined)
    about.push([
      'Priority',
      `${program.priority}: where a cap leaves room for one of the messages of a day, the higher goes first`,
    ])
  for (const topic of topicsOf(program))
    about.push(['Topic', `${paint.bold(topic)} ${topicWords(topic, settings)}`])
  if (goal) {
    const value = goal.value === undefined ? '' : `; its worth is ${code(goal.value)}`
    about.push(['Goal', `${eventWords(goal)} within ${spanWords(goal.within)} of entering${value}`])
  }
  for (const each of enroll.follow ?? [])
    about.push(['Follows', `${eventWords(each)}: what it says takes the place of what was known`])
  if (program.appointment) {
    const { id, starts, title: called } = program.appointment
    const name = called === undefined ? '' : `, called ${code(called)}`
    about.push([
      'Appointment',
      `${code(id)}, at ${code(starts)}${name}; by links in its messages the customer confirms, moves or cancels it until it begins`,
    ])
  }
  for (const each of exit) about.push(['Leaves', `at once on ${eventWords(each)}`])
  if (Object.values(program.steps).some(({ verb }) => verb === 'send'))
    about.push([
      'In doubt',
      'if a crash leaves it unknown whether a mail went out, it is not sent again, unless its step says so',
    ])
  return {
    title: program.title,
    name: program.workflow,
    description: program.description,
    about,
    steps: chapters(program.first, null, '', { program, templates, settings }),
  }
}

interface Told extends CompiledWorkflow {
  settings: Settings
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** The steps from `first` up to where the arms of an enclosing branch join. */
function chapters(first: StepId | null, until: StepId | null, prefix: string, told: Told): Chapter[] {
  const found: Chapter[] = []
  let id = first
  while (id !== null && id !== until) {
    const step: Step | undefined = told.program.steps[id]
    if (!step) break
    const number = `${prefix}${found.length + 1}`
    const arms = armsOf(step, told.program).map(({ when, first: arm }, index) => ({
      when,
      steps: chapters(
        arm,
        step.verb === 'repeat' ? step.id : step.next,
        `${number}${letters[index % letters.length]}.`,
        told,
      ),
    }))
    const ends = step.verb === 'stop' || (arms.length > 0 && arms.every(({ steps }) => steps.at(-1)?.ends))
    found.push({ number, id, text: stepWords(step, told), ends, arms })
    if (ends) break
    id = step.next
  }
  return found
}

function armsOf(step: Step, program: Program): { when: string; first: StepId | null }[] {
  if (step.verb === 'await')
    return [
      { when: 'if it comes', first: step.then },
      { when: 'if it does not come', first: step.else },
    ]
  if (step.verb === 'choose')
    return [
      ...step.cases.map(({ when, first }, index) => ({
        when: `${index === 0 ? 'if' : 'if not, but'} ${code(when)}`,
        first,
      })),
      { when: 'otherwise', first: step.else },
    ]
  if (step.verb === 'repeat') return [{ when: 'each time', first: step.first }]
  if (step.verb === 'split')
    return step.arms.map(({ share, first }) => ({ when: `${share}% of the journeys`, first }))
  if (step.verb !== 'if') return []
  const arms = [{ when: 'if so', first: step.then }]
  // An arm that is nothing but another question is told beside the first, as a list of cases.
  let last = step
  for (;;) {
    const other = last.else === null || last.else === step.next ? undefined : program.steps[last.else]
    if (other?.verb !== 'if' || other.next !== step.next) break
    arms.push({
      when: `if not, but ${code(other.condition)} ${paint.dim(`[${other.id}]`)}`,
      first: other.then,
    })
    last = other
  }
  return [...arms, { when: last === step ? 'if not' : 'otherwise', first: last.else }]
}

function stepWords(step: Step, { program, templates, settings }: Told): string {
  switch (step.verb) {
    case 'send': {
      const variants = templates.filter((template) => carries(step, template))
      const topic =
        step.topic !== undefined && step.topic !== program.topic ? `, topic ${paint.bold(step.topic)}` : ''
      const shown = variants.find(({ locale }) => locale === null) ?? variants[0]
      const asks = step.survey === undefined ? 'Send' : `Ask for a rating (${step.survey}) with`
      // A subject is short, also where the names of its values make it long.
      const words =
        shown && (isText(shown) ? firstWords(readable(shown.body)) : firstWords(readable(shown.subject), 120))
      const said = words === undefined ? '' : ` “${words}”`
      return `${asks} ${channelWords[step.channel]} ${paint.bold(step.template)}${said}${topic}${languageWords(variants, settings.defaultLocale)}${doubtWords(step.inDoubt)}`
    }
    case 'wait': {
      if (step.until) return untilWords(step, step.until)
      const parts = step.duration === undefined ? [] : [spanWords(step.duration)]
      const time = step.at === undefined ? '' : `the next ${step.at}`
      const day = step.on === undefined ? '' : weekdayWords(step.on)
      const then = [time, day].filter((text) => text !== '').join(' on ')
      if (then !== '') parts.push(`${parts.length > 0 ? 'then ' : ''}until ${then}`)
      const local =
        then === '' && !/^[+-]?P[^T]/.test(step.duration ?? '') ? '' : ', in the customer’s local time'
      return `Wait ${parts.join(', ')}${local}`
    }
    case 'await':
      return `Wait for ${eventWords(step)}, at most ${spanWords(step.for)}`
    case 'if':
      return `Look whether ${code(step.condition)}`
    case 'choose':
      return 'Take the first way whose condition holds'
    case 'split':
      return 'Split the journeys, each always the same way'
    case 'repeat':
      return `Do this ${counted(step.times, 'time')}, ${spanWords(step.every)} apart`
    case 'set':
      return `Note on the profile: ${Object.entries(step.values)
        .map(([name, value]) => `${paint.bold(name)} = ${code(value)}`)
        .join(', ')}`
    case 'task':
      return `Hand over to a person: task ${paint.bold(step.name)} for ${step.queue}, “${readable(step.title)}”${step.due === undefined ? '' : `, due within ${spanWords(step.due)}`}`
    case 'coupon': {
      const from =
        'pool' in step.source ? `from the pool ${step.source.pool}` : `made as ${step.source.pattern}`
      const good = step.expires === undefined ? '' : `, good for ${spanWords(step.expires)}`
      return `Take a coupon code ${from}${good}; it is ${code(`coupons.${step.name}.code`)} from here on`
    }
    case 'emit':
      return `Tell other workflows: ${paint.bold(step.event)}${withData(step.data)}`
    case 'webhook':
      return `Call the webhook ${paint.bold(step.name)}${withData(step.data)}; what it answers is ${code(`webhooks.${step.name}`)} from here on`
    case 'stop':
      return `The journey ends: ${paint.bold(step.reason)}`
  }
}

function withData(data: { [name: string]: string }): string {
  const told = Object.entries(data).map(([name, value]) => `${paint.bold(name)} = ${code(value)}`)
  return told.length > 0 ? ` with ${told.join(', ')}` : ''
}

function untilWords(step: WaitStep, until: NonNullable<WaitStep['until']>): string {
  const own = 'value' in until ? /^customer\.(\w+)$/.exec(until.value)?.[1] : undefined
  const date = 'date' in until ? until.date : own ? `the customer’s ${paint.bold(own)}` : code(until.value)
  const least = step.duration === undefined ? '' : `at least ${spanWords(step.duration)}, and `
  const hour = step.at === undefined ? '' : ` at ${step.at}`
  const day = step.on === undefined ? '' : `, then until ${weekdayWords(step.on)}`
  const late = step.past === 'now' ? 'the step below has its turn at once' : 'the step below is left out'
  return `Wait ${least}until ${spanBefore(step.offset)}${date}${hour}${day}, in the customer’s local time; if that has gone by or is not known, ${late}`
}

/** What is done when a crash left it unknown whether the mail went out. */
function doubtWords(rule: 'resend' | 'drop' | 'ask'): string {
  if (rule === 'drop') return ''
  return `; if in doubt, ${rule === 'resend' ? 'it is sent again' : 'a person is asked'}`
}

function enrollWords({ per, again }: Program['enroll']): string {
  const one = per === undefined ? 'one journey a customer' : `one journey for each ${code(per)}`
  if (again === 'never') return `${one}, never a second time`
  if (again === 'always') return `${one}, again whenever the one before has ended`
  return `${one}, again ${spanWords(again.after)} after the last time at the earliest`
}

/** The workflow's own topic first. */
function topicsOf({ topic, steps }: Program): string[] {
  const topics = new Set([topic])
  for (const step of Object.values(steps))
    if (step.verb === 'send' && step.topic !== undefined) topics.add(step.topic)
  return [...topics]
}
