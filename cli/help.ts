/** What `--help` shows. */
import type { Command, Options } from './command.ts'
import { paint, table, wrapped } from './terminal.ts'

export const commonOptions: Options = {
  json: { type: 'boolean', help: 'one JSON document instead of text, for machines' },
  help: { type: 'boolean', short: 'h', help: 'this' },
}

const remoteOptions: Options = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'the deployment (or PREMURA_URL; default http://127.0.0.1:8787)',
  },
  key: { type: 'string', value: 'KEY', help: 'an API key (or PREMURA_KEY)' },
}

export function optionsOf(command: Command): Options {
  return { ...command.options, ...(command.remote ? remoteOptions : {}), ...commonOptions }
}

export function overview(commands: readonly Command[]): string {
  return [
    `${paint.bold('premura')} — proactive customer care as workflows`,
    '',
    `Usage: premura ${paint.cyan('<command>')} [options]`,
    '',
    table(commands.map(({ name, summary }) => [`  ${paint.cyan(name)}`, summary])),
    '',
    'premura <command> --help tells more about one of them.',
    '',
    'Exit codes: 0 all is well, 1 something is wrong or could not be done, 2 called wrongly (doctor: AWS could not be asked).',
  ].join('\n')
}

export function helpOf(command: Command, columns: number): string {
  const rows = Object.entries(optionsOf(command)).map(([name, { value, short, help }]) => [
    `  ${paint.cyan(`--${name}`)}${value ? ` ${value}` : ''}${short ? `, ${paint.cyan(`-${short}`)}` : ''}`,
    help,
  ])
  return [
    usageOf(command),
    '',
    ...command.description.split('\n').map((line) => wrapped(line, columns)),
    '',
    'Options:',
    table(rows),
    ...(command.examples.length > 0 ? ['', 'Examples:', ...command.examples.map((line) => `  ${line}`)] : []),
  ].join('\n')
}

export const usageOf = ({ name, operands }: Command): string =>
  `Usage: ${paint.bold(`premura ${name}`)}${operands ? ` ${operands}` : ''} [options]`
