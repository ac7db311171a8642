/** `premura restore`: tells a deployment that its table was restored to an earlier moment. */
import * as z from 'zod'
import { type Command, Failure, UsageError } from '../command.ts'
import { deploymentOf } from '../deployment.ts'
import { counted, paint, table } from '../terminal.ts'

const span = z.object({
  from: z.string(),
  to: z.string(),
  ask: z.boolean(),
  codesAside: z.boolean().default(false),
  by: z.string(),
  at: z.string(),
})

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'say that the table was restored to an earlier moment, so that nobody gets a mail twice',
  operands: '[list]',
  description:
    'Between the restore point and the moment at which you stopped sending, mails went out that the restored table knows nothing of. Say both, before anything is sent: what came due in between is then in doubt instead of being sent again, and the rule of each step decides (drop, unless it says otherwise). Journeys go on from where they would stand. Codes in pools may have been given away, and are drawn by nobody until you load again those that are good, or say all of it once more with --keep-codes. docs/operations/restore.md tells the whole procedure.',
  options: {
    from: { type: 'string', value: 'ISO', help: 'the restore point: the table is as it was then' },
    to: { type: 'string', value: 'ISO', help: 'when you stopped sending (default: now)' },
    ask: { type: 'boolean', help: 'every message of that time waits for a person (premura doubts)' },
    'keep-codes': {
      type: 'boolean',
      help: 'codes in pools were given to nobody then, and are drawn as before',
    },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  examples: ['premura restore --from 2027-03-01T08:15:00Z --to 2027-03-01T11:40:00Z', 'premura restore list'],
  remote: true,
  async run(call) {
    const [action, ...more] = call.operands
    if ((action !== undefined && action !== 'list') || more.length > 0)
      throw new UsageError('restore takes options, or list.')
    const deployment = deploymentOf(call)
    if (action === 'list') {
      const { value } = await deployment.ask('GET', '/v1/restores', z.object({ restores: z.array(span) }))
      const rows = value.restores.map(({ from, to, ask, codesAside, by, at }) => [
        paint.bold(from),
        to,
        ask ? 'a person decides' : 'by the rule of each step',
        codesAside ? 'codes of pools set aside' : '',
        paint.dim(`said by ${by} ${at}`),
      ])
      if (rows.length > 0) call.say(table(rows))
      call.say(`${counted(rows.length, 'restore')}.`)
      call.json(value)
      return 0
    }
    const [from, to] = [call.text('from'), call.text('to')]
    if (from === undefined) throw new UsageError('Say the restore point with --from.')
    if (!call.flag('yes')) {
      const { ask } = call.around
      if (!ask) throw new UsageError('Nobody is there to be asked.', 'Say --yes if you are sure.')
      const until = to ?? 'now'
      const answer = await ask(
        `Was the table of ${deployment.url} restored to ${from}? What came due from then until ${until} will not be sent again. Type yes: `,
      )
      if (answer.trim() !== 'yes') throw new Failure('Nothing was said.')
    }
    const body = {
      from,
      ...(to !== undefined && { to }),
      ask: call.flag('ask'),
      keepCodes: call.flag('keep-codes'),
    }
    const { value } = await deployment.ask('POST', '/v1/restores', span, { body })
    call.say(
      `${paint.green('known')} ${value.from} to ${value.to}: what came due then is in doubt, and journeys are being worked off.`,
    )
    if (value.codesAside)
      call.say(
        'Codes that were in pools by then are set aside: load those that are good, or say --keep-codes.',
      )
    call.json(value)
    return 0
  },
}
