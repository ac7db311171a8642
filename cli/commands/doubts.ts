/** `premura doubts`: messages of which nobody knows whether they went out. */
import * as z from 'zod'
import { type Actions, runAction } from '../actions.ts'
import { type Call, type Command, Failure, UsageError } from '../command.ts'
import { type Deployment, deploymentOf, segment } from '../deployment.ts'
import { allPages } from '../paging.ts'
import { counted, paint, table } from '../terminal.ts'

const doubt = z.object({
  customerId: z.string(),
  workflow: z.string(),
  key: z.string(),
  run: z.number(),
  step: z.string(),
  channel: z.string(),
  template: z.string(),
  since: z.string(),
  decidesAt: z.string().optional(),
  rule: z.string(),
})
type Doubt = z.infer<typeof doubt>
const page = z.object({ doubts: z.array(doubt), cursor: z.string().optional() })

const outcomes: readonly string[] = ['sent', 'resend', 'drop']

const actions: Actions = { list, settle }

export const doubtsCommand: Command = {
  name: 'doubts',
  summary: 'messages in doubt: look at them, and settle them by hand',
  operands: 'list | settle <customer> <workflow>',
  description:
    'A message is in doubt when the provider’s answer was lost. What the provider reports settles it, else the rule of its step, when it is time. A person who has found out may say so before that, and has to where the rule is ask: sent (it arrived), resend (it did not: send it again) or drop (leave it). The journey then goes on.',
  options: {
    customer: { type: 'string', value: 'ID', help: 'list: only those of this customer' },
    workflow: { type: 'string', value: 'NAME', help: 'list: only those of this workflow' },
    outcome: { type: 'string', value: 'OUTCOME', help: 'settle: sent, resend or drop' },
    journey: { type: 'string', value: 'KEY', help: 'settle: which journey, where there are several' },
    run: { type: 'string', value: 'N', help: 'settle: which run of it, where there are several' },
  },
  examples: ['premura doubts list', 'premura doubts settle anna win-back --outcome sent'],
  remote: true,
  run: (call) => runAction(call, 'doubts', actions),
}

async function list(call: Call, rest: string[]): Promise<number> {
  if (rest.length > 0) throw new UsageError('doubts list takes options only.')
  const filter = { customer: call.text('customer'), workflow: call.text('workflow') }
  const found = await all(call, deploymentOf(call), filter)
  const rows = found.map(({ since, customerId, workflow, key, step, rule, decidesAt }) => [
    paint.dim(since.slice(0, 16).replace('T', ' ')),
    paint.bold(customerId),
    workflow,
    key,
    step,
    decidesAt === undefined ? paint.yellow('waits for a person') : `${rule} at ${time(decidesAt)}`,
  ])
  if (rows.length > 0) call.say(table(rows))
  call.say(`${counted(found.length, 'message')} in doubt.`)
  call.json({ doubts: found })
  return 0
}

async function settle(call: Call, rest: string[]): Promise<number> {
  const [customer, workflow, ...more] = rest
  const outcome = call.text('outcome')
  if (customer === undefined || workflow === undefined || more.length > 0)
    throw new UsageError('Name a customer and a workflow.', 'premura doubts list shows them.')
  if (outcome === undefined || !outcomes.includes(outcome))
    throw new UsageError(
      outcome === undefined ? 'Say what became of it with --outcome.' : `There is no outcome ${outcome}.`,
      'It is sent, resend or drop.',
    )
  const deployment = deploymentOf(call)
  const [key, run] = [call.text('journey'), call.text('run')]
  const found = (await all(call, deployment, { customer, workflow })).filter(
    (one) => (key === undefined || one.key === key) && (run === undefined || String(one.run) === run),
  )
  const [only, ...others] = found
  if (!only) throw new Failure(`No message of ${workflow} to ${customer} is in doubt.`)
  if (others.length > 0)
    throw new Failure(
      `${counted(found.length, 'message')} of ${workflow} to ${customer} are in doubt.`,
      `Say which with --journey KEY${found.every((one) => one.key === only.key) ? ' --run N' : ''}: ${found.map((one) => `${one.key} (run ${one.run})`).join(', ')}`,
    )
  const body = { workflow, key: only.key, run: only.run, step: only.step, outcome }
  await deployment.ask(
    'POST',
    `/v1/customers/${segment(customer)}/settle`,
    z.object({ settling: z.boolean() }),
    {
      body,
    },
  )
  call.say(`${paint.green('settled')} ${only.step} of ${workflow} for ${customer} as ${outcome}.`)
  call.json({ customerId: customer, ...body })
  return 0
}

function all(
  call: Call,
  deployment: Deployment,
  filter: { customer: string | undefined; workflow: string | undefined },
): Promise<Doubt[]> {
  return allPages(call, deployment, '/v1/doubts', filter, page, ({ doubts }) => doubts)
}

const time = (instant: string): string => instant.slice(0, 16).replace('T', ' ')
