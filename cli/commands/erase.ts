/** `premura erase`: forgets one person, everywhere and for good. */
import * as z from 'zod'
import { type Command, Failure, UsageError } from '../command.ts'
import { deploymentOf, segment } from '../deployment.ts'
import { paint } from '../terminal.ts'

export const eraseCommand: Command = {
  name: 'erase',
  summary: 'erase one person everywhere, for good',
  operands: '<customer>',
  description:
    'Erases the profile, events, journeys, tasks and answers of one customer. This cannot be undone; premura export keeps a copy beforehand. Asks for the id once more, unless --yes is given.',
  options: { yes: { type: 'boolean', help: 'do not ask' } },
  examples: ['premura erase anna'],
  remote: true,
  async run(call) {
    const [id, ...more] = call.operands
    if (id === undefined || more.length > 0) throw new UsageError('Name one customer.')
    const deployment = deploymentOf(call)
    if (!call.flag('yes')) {
      const { ask } = call.around
      if (!ask) throw new UsageError('Nobody is there to be asked.', 'Say --yes if you are sure.')
      const answer = await ask(`Erase everything about ${id} at ${deployment.url}? Type the id again: `)
      if (answer.trim() !== id) throw new Failure('Nothing was erased.')
    }
    await deployment.ask('DELETE', `/v1/customers/${segment(id)}`, z.undefined())
    call.say(`${paint.green('erased')} ${id}; nothing is held on them any more.`)
    call.json({ erased: id })
    return 0
  },
}
