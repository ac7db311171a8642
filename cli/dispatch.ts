/** From words to a command, and from whatever happens to an exit code. */
import { nearest } from '../engine/language/nearest.ts'
import {
  type Call,
  type Command,
  Failure,
  readWords,
  type Surroundings,
  Unreachable,
  UsageError,
} from './command.ts'
import { doctorCommand } from './commands/doctor.ts'
import { dlqCommand } from './commands/dlq.ts'
import { docsCommand } from './commands/docs.ts'
import { doubtsCommand } from './commands/doubts.ts'
import { eraseCommand } from './commands/erase.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { keysCommand } from './commands/keys.ts'
import { pullCommand } from './commands/pull.ts'
import { pushCommand } from './commands/push.ts'
import { restoreCommand } from './commands/restore.ts'
import { simulateCommand } from './commands/simulate.ts'
import { testCommand } from './commands/test.ts'
import { validateCommand } from './commands/validate.ts'
import { commonOptions, helpOf, optionsOf, overview, usageOf } from './help.ts'
import { paint, unpainted } from './terminal.ts'
import { version } from './version.ts'

const commands: readonly Command[] = [
  validateCommand,
  testCommand,
  explainCommand,
  simulateCommand,
  docsCommand,
  pushCommand,
  pullCommand,
  keysCommand,
  importCommand,
  exportCommand,
  eraseCommand,
  dlqCommand,
  doubtsCommand,
  restoreCommand,
  doctorCommand,
]

/** Runs one command line. @returns the exit code */
export async function dispatch(words: string[], around: Surroundings): Promise<number> {
  const [first, ...rest] = words
  if (first === undefined) {
    around.err(overview(commands))
    return 2
  }
  if (first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    around.out(overview(commands))
    return 0
  }
  if (first === '--version') {
    around.out(version)
    return 0
  }
  if (first === 'help') return dispatch([rest[0] ?? '', '--help'], around)
  const command = commands.find(({ name }) => name === first)
  if (!command) return unknown(first, around)
  try {
    const { operands, values } = readWords(rest, optionsOf(command))
    if (values.has('help')) {
      around.out(helpOf(command, around.columns))
      return 0
    }
    return await command.run(callOf(operands, values, around))
  } catch (error) {
    return failed(error, command, around)
  }
}

function callOf(operands: string[], values: Map<string, (string | true)[]>, around: Surroundings): Call {
  const texts = (name: string) => (values.get(name) ?? []).filter((value) => value !== true)
  const json = values.has('json')
  return {
    operands,
    around,
    texts,
    text: (name) => texts(name)[0],
    flag: (name) => values.has(name),
    say(line = '') {
      if (!json) around.out(line)
    },
    note: (line) => around.err(line),
    json(value) {
      if (json) around.out(unpainted(JSON.stringify(value, null, 2)))
    },
  }
}

function unknown(word: string, around: Surroundings): number {
  const names = commands.map(({ name }) => name)
  const option = word.startsWith('-')
  const near = option ? nearest(word.slice(2), Object.keys(commonOptions)) : nearest(word, names)
  around.err(`${paint.red('error')} There is no ${option ? 'option' : 'command'} ${word}.`)
  if (near !== undefined)
    around.err(`      Did you mean ${paint.bold(`premura ${option ? '--' : ''}${near}`)}?`)
  around.err('')
  around.err(overview(commands))
  return 2
}

function failed(thrown: unknown, command: Command, around: Surroundings): number {
  // A file that may not be read, a disk that is full: no bug of ours, and said in one line.
  const error = thrown instanceof Error && 'syscall' in thrown ? new Failure(thrown.message) : thrown
  const usage = error instanceof UsageError
  if (!usage && !(error instanceof Failure)) throw error
  around.err(`${paint.red('error')} ${error.message}`)
  if (error.hint !== undefined) for (const line of error.hint.split('\n')) around.err(`      ${line}`)
  if (!usage) {
    if (error.evidence !== undefined) around.err(`\n${error.evidence}`)
    return error instanceof Unreachable ? 2 : 1
  }
  around.err('')
  around.err(usageOf(command))
  around.err(`premura ${command.name} --help tells more.`)
  return 2
}
