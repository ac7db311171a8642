/** `premura simulate`: one customer's way through a workflow, in virtual time. */
import { compiledOne } from '../check.ts'
import { type Command, UsageError } from '../command.ts'
import { readOne } from '../library.ts'
import { play, playedJson, playOptions, showPlayed, verdictOn } from '../play.ts'

export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'play a workflow for one customer and show what would happen',
  operands: '<workflow>',
  description:
    'Plays the workflow (a folder, or a name in workflows/) for the customer of a file, with the events of other files, and shows every decision, mail and wait in the customer’s local time. Nothing is sent and no deployment is asked. An event is { "event": "purchase", "at": "2026-03-26T16:00", "data": {…} } as in scenarios, with "after": "5 days" for one that follows, or as it is posted to the API. A workflow that starts on a date needs no event.',
  options: playOptions,
  examples: [
    'premura simulate win-back --customer anna.json --event rating.json',
    'premura simulate birthday-offer --customer anna.json --start 2026-01-01 --mails',
  ],
  remote: false,
  async run(call) {
    const [name, ...more] = call.operands
    if (name === undefined || more.length > 0) throw new UsageError('Name one workflow.')
    const { library, workflow: folder } = await readOne(name, call.around.cwd)
    const played = await play(call, await compiledOne(library, folder))
    if (!played) throw new UsageError('Name the customer with --customer FILE.')
    showPlayed(call, played)
    call.json({ workflow: folder.name, ...playedJson(played) })
    return verdictOn(played)
  },
}
