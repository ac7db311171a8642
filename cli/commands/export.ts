/** `premura export`: all that a deployment holds on one person. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as z from 'zod'
import { type Command, Failure, UsageError } from '../command.ts'
import { deploymentOf, segment } from '../deployment.ts'

export const exportCommand: Command = {
  name: 'export',
  summary: 'all that is held on one person, as JSON',
  operands: '<customer>',
  description:
    'Writes profile, events, journeys, messages, tasks and answers of one customer as JSON, to standard output or to a file that only you may read.',
  options: {
    out: { type: 'string', value: 'FILE', help: 'write to this file, which must not exist yet' },
  },
  examples: ['premura export anna --out anna.json'],
  remote: true,
  async run(call) {
    const [id, ...more] = call.operands
    if (id === undefined || more.length > 0) throw new UsageError('Name one customer.')
    const everything = z.record(z.string(), z.json())
    const { value } = await deploymentOf(call).ask('GET', `/v1/customers/${segment(id)}/export`, everything)
    const file = call.text('out')
    if (file === undefined) {
      call.around.out(JSON.stringify(value, null, 2))
      return 0
    }
    const text = `${JSON.stringify(value, null, 2)}\n`
    await writeFile(resolve(call.around.cwd, file), text, { mode: 0o600, flag: 'wx' }).catch(
      (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        throw new Failure(
          code === 'EEXIST' ? `${file} exists already.` : `${file} cannot be written (${code}).`,
        )
      },
    )
    call.say(`All that is held on ${id} is in ${file}.`)
    call.json({ file })
    return 0
  },
}
