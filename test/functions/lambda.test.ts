/** What Lambda runs: each function bundles on its own, and says at the cold start what it misses. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build, type Metafile } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const entries = ['api', 'worker', 'tick', 'sweep', 'feedback']
/** Credential providers that Lambda never reaches, and the compilers that publishing loads when it needs them. */
const external = [
  '@aws-sdk/credential-provider-*',
  '@aws-sdk/token-providers',
  '@aws-sdk/nested-clients',
  '@smithy/credential-provider-imds',
  'mjml-browser',
  'cheerio',
  'html-to-text',
]

let dir: string
let metafile: Metafile

beforeAll(async () => {
  // Inside the project, because the bundle resolves its externals from where it lies, as the deployment package does.
  dir = await mkdtemp(join(process.cwd(), 'node_modules', '.lambda-test-'))
  const result = await build({
    entryPoints: entries.map((name) => `functions/${name}.ts`),
    outdir: dir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    external,
    metafile: true,
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  metafile = result.metafile
})

afterAll(() => rm(dir, { recursive: true, force: true }))

test('every function is one small bundle without a compiler in it', async () => {
  expect((await readdir(dir)).sort()).toEqual(entries.map((name) => `${name}.mjs`).sort())
  for (const [file, { bytes, inputs }] of Object.entries(metafile.outputs)) {
    expect(bytes, file).toBeLessThan(1_200_000)
    expect(
      Object.keys(inputs).filter((input) =>
        /mjml-browser|cheerio|html-to-text|dynalite|\/local\//.test(input),
      ),
      file,
    ).toEqual([])
  }
})

const complete = {
  PATH: process.env.PATH,
  AWS_REGION: 'eu-central-1',
  AWS_LAMBDA_FUNCTION_NAME: 'premura-worker',
  PREMURA_TABLE: 'premura',
  PREMURA_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/premura-work.fifo',
  PREMURA_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:123456789012:premura-work.fifo',
  PREMURA_DLQ_ARN: 'arn:aws:sqs:eu-central-1:123456789012:premura-timers-dead',
  PREMURA_SCHEDULE_GROUP: 'premura',
  PREMURA_SCHEDULE_ROLE_ARN: 'arn:aws:iam::123456789012:role/premura-scheduler',
  PREMURA_PUBLIC_URL: 'https://care.example.com',
  PREMURA_LINK_SECRET: 'a-secret-of-more-than-thirty-two-characters',
}
const load = (name: string) =>
  `import(${JSON.stringify(join(dir, `${name}.mjs`))}).then((m) => console.log(typeof m.handler))`
const cold = (name: string, env: { [name: string]: string | undefined }) =>
  run(process.execPath, ['--input-type=module', '-e', load(name)], { env, cwd: tmpdir() })

test.each(entries)('%s starts with its environment complete', async (name) => {
  expect((await cold(name, complete)).stdout.trim()).toBe('function')
})

test.each(entries)('%s fails the cold start by the name of what is missing', async (name) => {
  const { PREMURA_TABLE: _, ...incomplete } = complete
  await expect(cold(name, incomplete)).rejects.toThrow(/PREMURA_TABLE/)
})

test('outside Lambda, importing a function asks for nothing', async () => {
  const { AWS_LAMBDA_FUNCTION_NAME: _, PREMURA_TABLE: __, ...outside } = complete
  expect((await cold('worker', outside)).stdout.trim()).toBe('function')
})
