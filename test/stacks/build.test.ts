/**
 * A deployment is built without AWS: `npx sst build` asks the endpoint that it is told three things and nobody else
 * anything, and what it leaves is complete.
 */
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { variablesOf } from '../../aws/env.ts'
import { copyProject, type Run } from './built.ts'
import { account, type LoopbackEndpoint, openEndpoint } from './loopback-endpoint.ts'

const stacks = ['Api', 'Engine', 'Messaging', 'Monitoring', 'Secrets', 'SignIn', 'Storage', 'Web']
const functions = [...Object.keys(variablesOf), 'setup-remove']

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
})
const lambda = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Code: z.object({ S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
})
const assets = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ path: z.string() }) })),
  dockerImages: z.record(z.string(), z.unknown()),
})
const manifest = z.object({
  artifacts: z.record(z.string(), z.object({ type: z.string(), environment: z.string().optional() })),
})

let endpoint: LoopbackEndpoint
let project: Awaited<ReturnType<typeof copyProject>>
let build: Run
/** What the build alone asked. */
let asked: string[]

beforeAll(async () => {
  endpoint = await openEndpoint()
  project = await copyProject()
  build = await project.run(
    ['npx', 'sst', 'build', '--stage', 'built'],
    {
      AWS_ENDPOINT_URL: endpoint.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      SST_TELEMETRY_DISABLED: '1',
      npm_config_update_notifier: 'false',
    },
    240_000,
  )
  asked = [...endpoint.asked]
  await project.withoutPackages()
}, 300_000)

afterAll(async () => {
  await project.remove()
  await endpoint.close()
})

const dist = (...parts: string[]) => join(project.folder, '.sst', 'dist', ...parts)
const text = (file: string) => readFile(dist(file), 'utf8')
const read = async <T>(file: string, schema: z.ZodType<T>): Promise<T> =>
  schema.parse(JSON.parse(await text(file)))

/** One of our functions, as a template describes it. */
async function functionNamed(name: string) {
  for (const stack of stacks) {
    const { Resources } = await read(`built-premura-${stack}.template.json`, template)
    for (const { Type, Properties } of Object.values(Resources))
      if (Type === 'AWS::Lambda::Function' && Properties.FunctionName === `built-premura-${name}`) {
        const { Handler, Code, Environment } = lambda.parse(Properties)
        const [path = '', entry = ''] = Handler.split('.')
        const asset = `asset.${Code.S3Key.replace('.zip', '')}`
        return { path, entry, file: dist(asset, `${path}.mjs`), variables: Environment.Variables }
      }
  }
  throw new Error(`no template has a function built-premura-${name}`)
}

describe('npx sst build', () => {
  test('succeeds', () => {
    expect(build).toMatchObject({ code: 0, said: expect.stringContaining('Built: 8 stacks to .sst/dist') })
  })

  test('asks who asks, and whether the account is ready', () => {
    expect([...asked].sort()).toEqual([
      'cloudformation:DescribeStacks CDKToolkit eu-west-1',
      'cloudformation:DescribeStacks SSTBootstrap eu-west-1',
      'sts:GetCallerIdentity eu-west-1',
    ])
  })

  test('contacts nobody but the endpoint that it is told', () => {
    expect(new Set(build.contacted.map((to) => `http://${to}`))).toEqual(new Set([endpoint.url]))
  })

  test.each([
    ['http://192.0.2.1/', '192.0.2.1:80'],
    ['https://aws.example/', 'aws.example:443'],
  ])('had it contacted %s, we would know', async (url, to) => {
    const { contacted, said } = await project.run(
      [process.execPath, '-e', `fetch('${url}').catch((error) => console.log(error.cause.message))`],
      {},
      60_000,
    )
    expect(contacted).toEqual([to])
    expect(said).toContain('refused by the test')
  })
})

describe('what it leaves', () => {
  test('is eight stacks, in the account that the endpoint named', async () => {
    const { artifacts } = await read('manifest.json', manifest)
    const found = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')
    expect(found.map(([name]) => name).sort()).toEqual(stacks.map((stack) => `built-premura-${stack}`))
    for (const [name, { environment }] of found) expect(environment, name).toBe(`aws://${account}/eu-west-1`)
  })

  describe.each(stacks)('for %s', (stack) => {
    test('is a template without anything unresolved', async () => {
      const file = `built-premura-${stack}.template.json`
      const { Resources } = await read(file, template)
      expect(Object.keys(Resources).length).toBeGreaterThan(1)
      // CDK's own placeholders, as text and as number.
      expect(await text(file)).not.toMatch(/Token\[|e\+28\d/)
    })

    test('is every file that it uploads, and no image', async () => {
      const { files, dockerImages } = await read(`built-premura-${stack}.assets.json`, assets)
      const paths = Object.values(files).map(({ source }) => source.path)
      expect(paths).toContain(`built-premura-${stack}.template.json`)
      expect(paths.filter((path) => !existsSync(dist(path)))).toEqual([])
      expect(dockerImages).toEqual({})
    })

    test('names no endpoint of AWS to a function', async () => {
      const { Resources } = await read(`built-premura-${stack}.template.json`, template)
      for (const [id, { Type, Properties }] of Object.entries(Resources)) {
        if (Type !== 'AWS::Lambda::Function') continue
        // Whose tokens are believed is a name, which happens to look like an endpoint.
        const { PREMURA_TOKEN_ISSUER: _, ...variables } = Object(Properties.Environment).Variables ?? {}
        expect(JSON.stringify(variables), id).not.toMatch(/amazonaws|URLSuffix|AWS_ENDPOINT/)
      }
    })
  })
})

describe.each(functions)('the bundle of %s', (name) => {
  test('is imported with nothing above it, and asks nobody for anything', async () => {
    const { file, path, entry } = await functionNamed(name)
    expect(path).toBe(`functions/${name.replace('-remove', '')}`)
    for (let above = dirname(file); above !== dirname(above); above = dirname(above))
      expect(existsSync(join(above, 'node_modules')), above).toBe(false)
    const { code, said, contacted } = await project.run(importing(file, entry), {}, 60_000)
    expect({ code, said, contacted }).toEqual({ code: 0, said: 'function\n', contacted: [] })
  })
})

test.each(['api', 'worker'])('a cold start of %s asks the endpoint that it is told', async (name) => {
  const { file, entry, variables } = await functionNamed(name)
  // What CloudFormation would fill in, with one text that is good enough for a name and a URL.
  const environment = Object.entries(variables).map(([variable, value]) => [
    variable,
    typeof value === 'string' ? value : 'https://care.example.com',
  ])
  const before = endpoint.asked.length
  const { code, said, contacted } = await project.run(
    importing(file, entry),
    {
      ...Object.fromEntries(environment),
      AWS_LAMBDA_FUNCTION_NAME: `built-premura-${name}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: endpoint.url,
    },
    60_000,
  )
  expect({ code, said }).toEqual({ code: 0, said: 'function\n' })
  expect(contacted.map((to) => `http://${to}`)).toEqual([endpoint.url])
  expect(endpoint.asked.slice(before)).toEqual([
    'AmazonSSM.GetParameter /premura/built/link-secret eu-west-1',
  ])
})

const importing = (file: string, entry: string) => [
  process.execPath,
  '--input-type=module',
  '-e',
  `const module = await import(${JSON.stringify(file)}); console.log(typeof module.${entry})`,
]

test('no code of ours names a host of AWS', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const files = ['aws', 'engine', 'functions', 'runtime'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  )
  expect(files.length).toBeGreaterThan(50)
  for (const file of files) {
    // Without its comments, which may give an example.
    const { code } = await transform(await readFile(join(root, file), 'utf8'), {
      loader: 'ts',
      minifyWhitespace: true,
      legalComments: 'none',
    })
    expect(code.includes('amazonaws'), file).toBe(false)
  }
})
