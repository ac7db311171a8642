/** `premura keys`: the API keys of a deployment. */
import * as z from 'zod'
import { nearest } from '../../engine/language/nearest.ts'
import type { Scope } from '../../runtime/keys.ts'
import { type Actions, runAction } from '../actions.ts'
import { type Call, type Command, UsageError } from '../command.ts'
import { deploymentOf, segment } from '../deployment.ts'
import { counted, paint, table } from '../terminal.ts'

const scopes = [
  'events:write',
  'customers:read',
  'customers:write',
  'workflows:read',
  'workflows:write',
  'workflows:publish',
  'reports:read',
  'admin',
] as const satisfies readonly Scope[]

const keyShape = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  lastFour: z.string(),
  expiresAt: z.string().optional(),
})

const newKey = keyShape.extend({ secret: z.string() })

const actions: Actions = {
  list,
  create,
  rotate,
  revoke,
}

export const keysCommand: Command = {
  name: 'keys',
  summary: 'list, create, rotate and revoke the API keys of a deployment',
  operands: 'list | create | rotate <id> | revoke <id>',
  description: `A new key is shown once and never again: it is kept as a hash. Give every system a key of its own with no more than it needs. Scopes: ${scopes.join(', ')}.`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'create: what the key is for' },
    scope: {
      type: 'string',
      value: 'SCOPE',
      multiple: true,
      help: 'create: what it may do (again, or with commas, for more)',
    },
    grace: {
      type: 'string',
      value: 'DURATION',
      help: 'rotate: how long the old key still works (PT2H; a day unless said otherwise)',
    },
  },
  examples: [
    'premura keys create --name shop --scope events:write',
    'premura keys list',
    'premura keys rotate key_… --grace PT2H',
    'premura keys revoke key_…',
  ],
  remote: true,
  run: (call) => runAction(call, 'keys', actions),
}

async function list(call: Call, rest: string[]): Promise<number> {
  if (rest.length > 0) throw new UsageError('keys list takes nothing more.')
  const { value } = await deploymentOf(call).ask('GET', '/v1/keys', z.object({ keys: z.array(keyShape) }))
  const rows = value.keys.map(({ id, name, scopes: granted, createdAt, lastFour, expiresAt }) => [
    paint.bold(id),
    name,
    granted.join(' '),
    `…${lastFour}`,
    paint.dim(createdAt.slice(0, 10)),
    ...(expiresAt === undefined ? [] : [paint.yellow(`until ${expiresAt.slice(0, 16)}Z`)]),
  ])
  if (rows.length > 0) call.say(table(rows))
  call.say(`${counted(rows.length, 'key')}.`)
  call.json(value)
  return 0
}

async function create(call: Call, rest: string[]): Promise<number> {
  const name = call.text('name')
  const wanted = call.texts('scope').flatMap((text) => text.split(',').map((one) => one.trim()))
  if (rest.length > 0) throw new UsageError('keys create takes options only.')
  if (name === undefined) throw new UsageError('Say what the key is for with --name NAME.')
  if (wanted.length === 0)
    throw new UsageError('Say what it may do with --scope SCOPE.', `Scopes are ${scopes.join(', ')}.`)
  for (const scope of wanted) {
    if (scopes.some((one) => one === scope)) continue
    const near = nearest(scope, scopes)
    throw new UsageError(
      `There is no scope ${scope}.`,
      near === undefined ? `Scopes are ${scopes.join(', ')}.` : `Did you mean ${near}?`,
    )
  }
  const { value } = await deploymentOf(call).ask('POST', '/v1/keys', newKey, {
    body: { name, scopes: wanted },
  })
  call.note(`${paint.green('created')} ${value.id} (${value.name}): ${value.scopes.join(', ')}`)
  show(call, value)
  return 0
}

async function rotate(call: Call, rest: string[]): Promise<number> {
  const id = oneId(rest)
  const grace = call.text('grace')
  const { value } = await deploymentOf(call).ask(
    'POST',
    `/v1/keys/${segment(id)}/rotate`,
    newKey.extend({ replaces: keyShape }),
    { body: { ...(grace !== undefined && { grace }) } },
  )
  const until = (value.replaces.expiresAt ?? '').slice(0, 16)
  call.note(`${paint.green('rotated')} ${id}: ${value.id} takes its place, and it works until ${until}Z`)
  show(call, value)
  return 0
}

/** Alone on standard output, so that it can be piped into a safe place. */
function show(call: Call, value: z.infer<typeof newKey>): void {
  call.note('This is the only time that the key is shown:')
  call.say(value.secret)
  call.json(value)
}

function oneId(rest: string[]): string {
  const [id, ...more] = rest
  if (id === undefined || more.length > 0)
    throw new UsageError('Name the id of one key.', 'premura keys list shows them.')
  return id
}

async function revoke(call: Call, rest: string[]): Promise<number> {
  const id = oneId(rest)
  await deploymentOf(call).ask('DELETE', `/v1/keys/${segment(id)}`, z.undefined())
  call.say(`${paint.green('revoked')} ${id}; it stops working everywhere within a minute.`)
  call.json({ revoked: id })
  return 0
}
