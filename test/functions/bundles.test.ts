/** What a deployment uploads: a cold start reads little of it and says what it misses, and what is read later is there. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Environment, type FunctionName, variablesOf } from '../../aws/env.ts'
import { type Bundle, bundle, functionNames } from '../../bench/bundles.ts'
import { publishLibrary, readLibrary, shippedLibrary } from '../../local/library.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'
import { publishedRows } from './published-rows.ts'

const run = promisify(execFile)
let dir: string
const bundles = new Map<FunctionName, Bundle>()

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'premura-bundles-'))
  for (const name of functionNames) bundles.set(name, await bundle(`functions/${name}.ts`, join(dir, name)))
}, 120_000)

afterAll(() => rm(dir, { recursive: true, force: true }))

function bundleOf(name: FunctionName): Bundle {
  const found = bundles.get(name)
  if (!found) throw new Error(`${name} was not bundled`)
  return found
}

/** What evaluates an expression that has been checked. The rest of the language is for whoever writes workflows. */
const evaluating =
  /^engine\/language\/(?:fixed-length|expression\/(?:evaluation|functions|guarded|paths|syntax))\.ts$/

function isCompiler(input: string): boolean {
  if (/^node_modules\/(?:yaml|mjml-browser|cheerio|html-to-text)\//.test(input)) return true
  if (input.startsWith('engine/language/')) return !evaluating.test(input)
  return /^(?:engine\/mail\/(?:compile|front-matter|liquid-check|markup|mjml|safety)|engine\/(?:scenario|simulate)|runtime\/publishing)\.ts$/.test(
    input,
  )
}

/** The reader of settings lies beside all who may meet a row of version 0.1; it is loaded for that alone. */
const isCompilerOfWorkflows = (input: string): boolean =>
  isCompiler(input) &&
  !input.startsWith('node_modules/yaml/') &&
  !/^engine\/language\/(?:settings|document|flaw|durations|words|other-words|nearest|yaml-slips|expression\/(?:names|slips|shapes))\.ts$/.test(
    input,
  )

const isInterpreter = (input: string): boolean =>
  /^node_modules\/(?:@marcbachmann\/cel-js|liquidjs)\/|^engine\/(?:advance|condition)\.ts$/.test(input)

describe.each(functionNames)('%s', (name) => {
  test('is below a megabyte for a cold start', () => {
    const { cold } = bundleOf(name)
    expect(cold.inputs).toContain(`functions/${name}.ts`)
    expect(cold.bytes).toBeLessThan(1_000_000)
  })

  test('carries no compiler into a cold start', () => {
    const { cold, lazy } = bundleOf(name)
    expect(cold.inputs.filter(isCompiler)).toEqual([])
    if (name !== 'api') expect(lazy.inputs.filter(isCompilerOfWorkflows)).toEqual([])
  })

  test('carries nothing of the local cloud or of tests', () => {
    const { cold, lazy } = bundleOf(name)
    const strange = [...cold.inputs, ...lazy.inputs].filter((input) =>
      /^(?:local|test|cli|bench)\//.test(input),
    )
    expect(strange).toEqual([])
  })
})

/** Whoever changes a profile, or looks for whom a day is or who became something, asks conditions; only the worker goes through steps. */
const goesThroughSteps = (input: string) =>
  isInterpreter(input) && !/cel-js\/|^engine\/condition\.ts$/.test(input)

test('only the worker interprets workflows', () => {
  expect(bundleOf('worker').cold.inputs.filter(goesThroughSteps)).not.toEqual([])
  for (const name of functionNames)
    if (name !== 'worker') expect(bundleOf(name).cold.inputs.filter(goesThroughSteps), name).toEqual([])
  // What only passes reports on knows nothing of the language at all.
  expect(bundleOf('feedback').cold.inputs.filter(isInterpreter)).toEqual([])
})

test('the API brings the compilers along, for when they are needed', () => {
  const { inputs } = bundleOf('api').lazy
  for (const one of ['engine/language/compile.ts', 'engine/mail/mjml.ts', 'runtime/publishing.ts'])
    expect(inputs).toContain(one)
  for (const one of ['yaml', 'mjml-browser', 'cheerio', 'html-to-text'])
    expect(
      inputs.some((input) => input.startsWith(`node_modules/${one}/`)),
      one,
    ).toBe(true)
})

const values: { [name in keyof Environment]: string } = {
  PREMURA_TABLE: 'premura',
  PREMURA_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/premura-work.fifo',
  PREMURA_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:123456789012:premura-work.fifo',
  PREMURA_DLQ_ARN: 'arn:aws:sqs:eu-central-1:123456789012:premura-timers-dead',
  PREMURA_DEAD_LETTERS_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/premura-dead-letters.fifo',
  PREMURA_TIMERS_DEAD_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/premura-timers-dead',
  PREMURA_SCHEDULE_GROUP: 'premura',
  PREMURA_SCHEDULE_ROLE_ARN: 'arn:aws:iam::123456789012:role/premura-scheduler',
  PREMURA_CONFIGURATION_SET: 'premura',
  PREMURA_PUBLIC_URL: 'https://care.example.com',
  PREMURA_LINK_SECRET_PARAMETER: '/premura/test/link-secret',
  PREMURA_ADMIN_KEY_PARAMETER: '/premura/test/admin-key',
  PREMURA_TOKEN_ISSUER: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc',
  PREMURA_TOKEN_CLIENT: 'client',
  PREMURA_REQUESTS_PER_SECOND: '50',
  PREMURA_CLAIM_LEASE_MS: '120000',
  PREMURA_IN_DOUBT_GRACE_MS: '3600000',
  PREMURA_MAIL_SHARES: '4',
}

describe('a cold start', () => {
  /** Answers every question for a parameter. */
  const ssm = createServer((_request, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify({ Parameter: { Value: 'a-secret-of-more-than-thirty-two-characters' } }))
  })
  let endpoint = ''

  beforeAll(async () => {
    await new Promise<void>((resolve) => ssm.listen(0, '127.0.0.1', resolve))
    const address = ssm.address()
    if (typeof address === 'object') endpoint = `http://127.0.0.1:${address?.port}`
  })

  afterAll(async () => {
    await new Promise((resolve) => ssm.close(resolve))
  })

  /** Loads a function in a process of its own and says what its handler is. */
  async function load(name: string, variables: { [name: string]: string }): Promise<string> {
    const file = join(dir, name, `${name}.mjs`)
    const code = `import(${JSON.stringify(file)}).then((m) => console.log(typeof m.handler))`
    const env = {
      PATH: process.env.PATH,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: endpoint,
      ...variables,
    }
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { env, cwd: dir })
    return stdout.trim()
  }

  // The one that runs with a deployment reads its variables when it is called.
  const started = functionNames.filter((name) => name !== 'setup')
  const onLambda = { AWS_LAMBDA_FUNCTION_NAME: 'premura-test' }

  test.each(started)('of %s comes up with its variables, and no others', async (name) => {
    const own = variablesOf[name].map((variable) => [variable, values[variable]])
    expect(await load(name, { ...onLambda, ...Object.fromEntries(own) })).toBe('function')
  })

  test.each(started)('of %s fails by the name of what is missing', async (name) => {
    const { PREMURA_TABLE: _, ...incomplete } = values
    await expect(load(name, { ...onLambda, ...incomplete })).rejects.toThrow(/PREMURA_TABLE is not set/)
  })

  test.each(functionNames)('of %s anywhere else asks for nothing', async (name) => {
    expect(await load(name, {})).toBe('function')
  })
})

/** SST bundles with the version that it brings; the benchmark with the project's own. */
const bundlers = {
  'the project’s esbuild': createRequire(import.meta.url),
  'SST’s esbuild': createRequire(join(process.cwd(), 'node_modules', 'sst', 'package.json')),
}

test.each(Object.entries(bundlers))(
  'bundled by %s, the API publishes what the sources do, without a package in reach',
  async (name, { resolve }) => {
    const { build } = await import(pathToFileURL(resolve('esbuild')).href)
    const folder = join(dir, name.replace(/\W/g, ''))
    for (let above = folder; above !== dirname(above); above = dirname(above))
      expect(existsSync(join(above, 'node_modules')), above).toBe(false)
    const { cold } = await bundle('test/functions/publisher.ts', folder, build)
    expect(cold.inputs.filter(isCompiler)).toEqual([])
    const library = readLibrary(shippedLibrary)
    const file = join(dir, 'library.json')
    await writeFile(file, JSON.stringify(library))
    const { stdout } = await run(process.execPath, [join(folder, 'publisher.mjs'), file], {
      cwd: dir,
      env: { PATH: process.env.PATH },
    })
    const world = memoryWorld()
    await publishLibrary(createRuntime(world), library)
    const published = publishedRows(world)
    expect(Object.keys(published).length).toBeGreaterThan(3 * library.workflows.length)
    expect(JSON.parse(stdout)).toEqual({ wrong: [], published })
  },
  120_000,
)
