/** `premura explain`: a workflow in plain language, what it would do to a customer, and why it did what it did. */
import * as z from 'zod'
import { compiledOne } from '../check.ts'
import { type Call, type Command, Failure, UsageError } from '../command.ts'
import { deploymentOf, segment } from '../deployment.ts'
import { readOne } from '../library.ts'
import { play, playedJson, playOptions, showPlayed, verdictOn } from '../play.ts'
import { type Chapter, type Story, storyOf } from '../story.ts'
import { padded, paint, widthOf, wrapped } from '../terminal.ts'
import { facts } from '../timeline.ts'

const whyShape = z.object({
  answer: z.string(),
  because: z.array(
    z.object({
      rule: z.string(),
      values: z.record(z.string(), z.json()),
      at: z.string().nullable(),
      outcome: z.string(),
      step: z.string().optional(),
      expression: z.string().optional(),
    }),
  ),
})

export const explainCommand: Command = {
  name: 'explain',
  summary: 'tell a workflow in plain language, or why it did what it did',
  operands: '<workflow>',
  description:
    'Tells the workflow (a folder, or a name in workflows/) step by step: who, when, what, in which languages and under which rules. With --customer, also what would happen to that customer, as premura simulate does.\nWith --id, asks a deployment instead why a customer did or did not enter it, or get one of its mails.',
  options: {
    ...playOptions,
    event: {
      type: 'string',
      value: 'FILE|ID',
      multiple: true,
      help: 'with --customer: a file of what happens; with --id: the id of the event that it is about',
    },
    id: { type: 'string', value: 'CUSTOMER', help: 'ask the deployment about this customer' },
    step: { type: 'string', value: 'STEP', help: 'with --id: this step (its id, or the name of its mail)' },
  },
  examples: [
    'premura explain win-back',
    'premura explain birthday-offer --customer anna.json',
    'premura explain win-back --id anna --step apology',
  ],
  remote: true,
  async run(call) {
    const [name, ...more] = call.operands
    if (name === undefined || more.length > 0) throw new UsageError('Name one workflow.')
    if (call.flag('id')) return await why(call, name)
    for (const option of ['step', 'url', 'key'])
      if (call.flag(option))
        throw new UsageError(`--${option} needs a customer of the deployment.`, 'Name one with --id.')
    const { library, workflow: folder } = await readOne(name, call.around.cwd)
    const compiled = await compiledOne(library, folder)
    const played = await play(call, compiled)
    const story = storyOf(compiled.workflow, compiled.settings)
    for (const line of storyLines(story, call.around.columns)) call.say(line)
    if (played) {
      call.say()
      showPlayed(call, played)
    }
    call.json({ ...story, ...(played && { played: playedJson(played) }) })
    return played ? verdictOn(played) : 0
  },
}

function storyLines({ title, name, description, about, steps }: Story, columns: number): string[] {
  const lines = [`${paint.bold(title)}  ${paint.dim(name)}`]
  if (description !== undefined) lines.push(wrapped(description.trim().replace(/\s+/g, ' '), columns))
  lines.push('')
  const labelWidth = Math.max(...about.map(([label]) => label.length)) + 2
  const indent = ' '.repeat(labelWidth)
  for (const [index, [label, text]] of about.entries()) {
    const shown = about[index - 1]?.[0] === label ? '' : label
    lines.push(wrapped(`${padded(shown, labelWidth)}${text}`, columns, indent))
  }
  lines.push('', ...chapterLines(steps, '', columns))
  if (!steps.at(-1)?.ends) lines.push('The journey ends: completed')
  return lines
}

function chapterLines(chapters: readonly Chapter[], indent: string, columns: number): string[] {
  return chapters.flatMap(({ number, id, text, arms }) => {
    const head = `${indent}${number.includes('.') ? number : `${number}.`} `
    const below = ' '.repeat(widthOf(head))
    const lines = [wrapped(`${head}${text} ${paint.dim(`[${id}]`)}`, columns, below)]
    for (const { when, steps } of arms) {
      lines.push(`${below}${paint.yellow(when)}${steps.length === 0 ? ': go on' : ':'}`)
      lines.push(...chapterLines(steps, `${below}  `, columns))
    }
    return lines
  })
}

async function why(call: Call, given: string): Promise<number> {
  for (const option of Object.keys(playOptions))
    if (option !== 'event' && call.flag(option)) throw new UsageError(`--${option} does not go with --id.`)
  // A folder stands for the workflow in it; any other name is the deployment's to know.
  const name = await readOne(given, call.around.cwd)
    .then(({ workflow }) => workflow.name)
    .catch((error: unknown) => {
      if ((error instanceof UsageError || error instanceof Failure) && !given.includes('/')) return given
      throw error
    })
  const query = new URLSearchParams({ workflow: name })
  const [event, step] = [call.text('event'), call.text('step')]
  if (event !== undefined) query.set('event', event)
  if (step !== undefined) query.set('step', step)
  const id = call.text('id') ?? ''
  const { value } = await deploymentOf(call).ask('GET', `/v1/customers/${segment(id)}/why?${query}`, whyShape)
  call.say(paint.bold(wrapped(value.answer, call.around.columns)))
  for (const { rule, outcome, values, at, step: where, expression } of value.because) {
    call.say()
    const when = at === null ? 'now' : at
    call.say(
      `  ${paint.dim(when)}  ${rule}${where === undefined ? '' : ` at ${where}`} → ${paint.bold(outcome)}`,
    )
    if (expression !== undefined) call.say(`    ${paint.cyan(expression)}`)
    if (Object.keys(values).length > 0) call.say(`  ${facts(values)}`)
  }
  call.json(value)
  return 0
}
