/** `premura dlq`: messages that failed every time. */
import * as z from 'zod'
import { type Actions, runAction } from '../actions.ts'
import { type Call, type Command, Failure, UsageError } from '../command.ts'
import { type Deployment, deploymentOf, segment } from '../deployment.ts'
import { allPages } from '../paging.ts'
import { counted, paint, table, wrapped } from '../terminal.ts'

const failure = z.object({
  id: z.string(),
  kind: z.string(),
  customerId: z.string().optional(),
  workflow: z.string().optional(),
  event: z.object({ id: z.string(), type: z.string() }).optional(),
  receivedAt: z.string(),
  deadAt: z.string(),
  tries: z.number(),
  reason: z.string(),
  state: z.string(),
  closedAt: z.string().optional(),
  closedBy: z.string().optional(),
  note: z.string().optional(),
})
type Listed = z.infer<typeof failure>
const whole = failure.extend({ message: z.record(z.string(), z.json()) })
const page = z.object({ failures: z.array(failure), cursor: z.string().optional() })

const actions: Actions = {
  list,
  show,
  replay,
  drop,
}

export const dlqCommand: Command = {
  name: 'dlq',
  summary: 'messages that failed every time: look at them, replay them, drop them',
  operands: 'list | show <id> | replay <id…> | drop <id…>',
  description:
    'A message that fails five times is set aside with its reason, and nothing else waits for it. Mend the cause first; then replay: the message is handled as if it came for the first time, behind what has come for its customer since. Replaying twice is replaying once. What is dropped is never handled, and the customer’s timeline says so.',
  options: {
    customer: { type: 'string', value: 'ID', help: 'only those about this customer' },
    workflow: { type: 'string', value: 'NAME', help: 'only those about this workflow' },
    kind: { type: 'string', value: 'KIND', help: 'only those of this kind: event, wake, feedback, round …' },
    closed: { type: 'boolean', help: 'list: those that were replayed or dropped' },
    all: { type: 'boolean', help: 'replay, drop: all that wait and match' },
    note: { type: 'string', value: 'TEXT', help: 'drop: why' },
    yes: { type: 'boolean', help: 'drop: do not ask' },
  },
  examples: [
    'premura dlq list --workflow win-back',
    'premura dlq show dead_…',
    'premura dlq replay --all --kind event',
    'premura dlq drop dead_… --note "a test order"',
  ],
  remote: true,
  run: (call) => runAction(call, 'dlq', actions),
}

async function list(call: Call, rest: string[]): Promise<number> {
  if (rest.length > 0) throw new UsageError('dlq list takes options only.')
  const found = await all(call, deploymentOf(call), call.flag('closed') ? 'closed' : 'open')
  const rows = found.map((one) => [
    paint.bold(one.id),
    paint.dim(one.deadAt.slice(0, 16).replace('T', ' ')),
    one.event ? `${one.event.type} ${one.event.id}` : one.kind,
    one.customerId ?? '',
    one.workflow ?? '',
    ...(call.flag('closed') ? [one.state] : []),
    paint.red(short(one.reason)),
  ])
  if (rows.length > 0) call.say(table(rows))
  call.say(`${counted(found.length, 'failure')}.`)
  call.json({ failures: found })
  return 0
}

async function show(call: Call, ids: string[]): Promise<number> {
  const [id, ...more] = ids
  if (id === undefined || more.length > 0)
    throw new UsageError('Name the id of one failure.', 'premura dlq list shows them.')
  const { value } = await deploymentOf(call).ask('GET', `/v1/failures/${segment(id)}`, whole)
  const { message, reason, ...told } = value
  const rows: [string, string | undefined][] = [
    ['id', paint.bold(told.id)],
    ['kind', told.kind],
    ['customer', told.customerId],
    ['workflow', told.workflow],
    ['received', told.receivedAt],
    ['failed', `${told.deadAt}, after ${counted(told.tries, 'try', 'tries')}`],
    [
      'state',
      told.closedAt === undefined ? told.state : `${told.state} ${told.closedAt} by ${told.closedBy}`,
    ],
    ['note', told.note],
  ]
  call.say(table(rows.flatMap(([name, text]) => (text === undefined ? [] : [[paint.dim(name), text]]))))
  call.say()
  call.say(wrapped(paint.red(reason), call.around.columns))
  call.say()
  call.say(JSON.stringify(message, null, 2))
  call.json(value)
  return 0
}

async function replay(call: Call, ids: string[]): Promise<number> {
  const deployment = deploymentOf(call)
  const wanted = await named(call, deployment, ids, 'replay')
  for (const id of wanted)
    await deployment.ask('POST', `/v1/failures/${segment(id)}/replay`, whole).catch(stoppedAt(id))
  call.say(`${paint.green('replayed')} ${counted(wanted.length, 'message')}.`)
  call.json({ replayed: wanted })
  return 0
}

async function drop(call: Call, ids: string[]): Promise<number> {
  const deployment = deploymentOf(call)
  const wanted = await named(call, deployment, ids, 'drop')
  if (wanted.length > 0 && !call.flag('yes')) {
    const { ask } = call.around
    if (!ask) throw new UsageError('Nobody is there to be asked.', 'Say --yes if you are sure.')
    const what = counted(wanted.length, 'message')
    const answer = await ask(`Drop ${what} at ${deployment.url}, never to be handled? Type yes: `)
    if (answer.trim() !== 'yes') throw new Failure('Nothing was dropped.')
  }
  const note = call.text('note')
  const body = note === undefined ? {} : { note }
  for (const id of wanted)
    await deployment.ask('POST', `/v1/failures/${segment(id)}/drop`, whole, { body }).catch(stoppedAt(id))
  call.say(`${paint.green('dropped')} ${counted(wanted.length, 'message')}.`)
  call.json({ dropped: wanted })
  return 0
}

/** The ids that were named, or of all that match. */
async function named(call: Call, deployment: Deployment, ids: string[], action: string): Promise<string[]> {
  if (!call.flag('all')) {
    if (ids.length > 0) return ids
    throw new UsageError(`Name what to ${action}, or say --all.`, 'premura dlq list shows what there is.')
  }
  if (ids.length > 0) throw new UsageError('Name ids, or say --all: not both.')
  return (await all(call, deployment, 'open')).map(({ id }) => id)
}

/** Everything that matches the options, page by page. */
function all(call: Call, deployment: Deployment, state: string): Promise<Listed[]> {
  const [customer, workflow, kind] = [call.text('customer'), call.text('workflow'), call.text('kind')]
  const query = { state, customer, workflow, kind }
  return allPages(call, deployment, '/v1/failures', query, page, ({ failures }) => failures)
}

/** Of several, those before it are done. */
const stoppedAt =
  (id: string) =>
  (error: unknown): never => {
    if (error instanceof Failure) throw new Failure(`${id}: ${error.message}`, error.hint)
    throw error
  }

const short = (reason: string): string => {
  const [first = ''] = reason.split('\n')
  return first.length > 80 ? `${first.slice(0, 79)}…` : first
}
