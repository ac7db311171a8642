/**
 * What is bundled is what is tested: the main job, done by the bundles out of the synthesized assets, each in a process
 * with the environment of its template and nothing of this project above it, against the cloud on loopback.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SQSBatchResponse } from 'aws-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { variablesOf } from '../../aws/env.ts'
import { encodeTags } from '../../aws/tags.ts'
import { dispatch } from '../../cli/dispatch.ts'
import { VirtualClock } from '../../local/clock.ts'
import { type Cloud, names, openCloud } from '../../local/cloud/cloud.ts'
import { Poller } from '../../local/poller.ts'
import { LambdaFunction } from './lambda.ts'
import { openParameters } from './parameters.ts'
import { type Naming, region, type Synthesized, synthesize } from './synthesized.ts'

const publicUrl = 'https://care.example.com'
const clock = new VirtualClock(Date.parse('2026-03-26T10:00:00Z'))
const functions = new Map<string, LambdaFunction>()
let cloud: Cloud
let poller: Poller
let parameters: Awaited<ReturnType<typeof openParameters>>
let folder: string
let key = ''

/** What the deployed resources would be called: as the cloud on loopback calls its own. */
const located: Naming = ({ type, id }, attribute) => {
  const place = `${type.replace('AWS::', '')}.${attribute ?? 'Ref'}`
  const known: { [place: string]: string } = {
    'DynamoDB::Table.Ref': names.table,
    'Scheduler::ScheduleGroup.Ref': names.scheduleGroup,
    'IAM::Role.Arn': names.scheduleRoleArn,
    'SES::ConfigurationSet.Ref': 'test-premura-mail',
    'ApiGatewayV2::Api.ApiEndpoint': publicUrl,
    'Cognito::UserPool.Ref': `${region}_abc`,
    'Cognito::UserPoolClient.Ref': 'client',
    'SQS::Queue.Ref': names.queueUrl,
    'SQS::Queue.Arn': id.startsWith('timersdead') ? names.deadLetterArn : names.queueArn,
  }
  const found = known[place]
  if (found === undefined) throw new Error(`nothing here is called ${place} (${id})`)
  return found
}

const text = z.record(z.string(), z.string())

beforeAll(async () => {
  const deployed = await synthesize('test')
  cloud = await openCloud({ dir: null, clock })
  parameters = await openParameters()
  folder = await mkdtemp(join(tmpdir(), 'premura-lambda-'))
  const endpoints = { AWS_ENDPOINT_URL: await cloud.listen(), AWS_ENDPOINT_URL_SSM: parameters.url }
  for (const name of [...Object.keys(variablesOf), 'setup-remove'])
    functions.set(name, await start(deployed, name, endpoints))
  poller = new Poller({
    queue: cloud.queue,
    worker: async (event) => batch.parse(await invoke('worker', event)),
    clock,
    log: () => {},
  })
}, 240_000)

const batch: z.ZodType<SQSBatchResponse> = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })),
})

afterAll(async () => {
  for (const each of functions.values()) each.stop()
  await poller.stop()
  await cloud.close()
  await parameters.close()
  await rm(folder, { recursive: true, force: true })
})

/** Takes the asset out of the assembly, away from the project, and starts it with what the template tells it. */
async function start(deployed: Synthesized, name: string, endpoints: { [name: string]: string }) {
  const found = deployed.resources.find(
    ({ properties }) => properties.FunctionName === `test-premura-${name}`,
  )
  if (!found) throw new Error(`no function ${name}`)
  const { Code, Environment, Handler } = Object(found.properties)
  const hash = String(Code.S3Key).replace('.zip', '')
  const place = join(folder, name)
  await cp(join(deployed.directory, `asset.${hash}`), place, { recursive: true })
  const environment = text.parse(deployed.told(Environment.Variables, found.stack, located))
  return new LambdaFunction(
    pathToFileURL(join(place, `${String(Handler).split('.')[0]}.mjs`)).href,
    {
      ...environment,
      ...endpoints,
      AWS_LAMBDA_FUNCTION_NAME: `test-premura-${name}`,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    folder,
  )
}

function invoke(name: string, event: unknown, entry?: string): Promise<unknown> {
  const fn = functions.get(name)
  if (!fn) throw new Error(`no function ${name}`)
  return fn.invoke(event, clock.now(), entry)
}

const answered = z.object({ statusCode: z.number(), body: z.string() })

/** As an HTTP API calls its function (payload format 2.0). */
async function http(method: string, path: string, body?: string, headers: { [name: string]: string } = {}) {
  const { pathname, searchParams } = new URL(path, publicUrl)
  const { statusCode, body: said } = answered.parse(
    await invoke('api', {
      version: '2.0',
      routeKey: '$default',
      rawPath: pathname,
      rawQueryString: String(searchParams),
      headers: { host: 'care.example.com', authorization: `Bearer ${key}`, ...headers },
      requestContext: {
        domainName: 'care.example.com',
        http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
        requestId: 'r',
        stage: '$default',
      },
      ...(body !== undefined && { body }),
      isBase64Encoded: false,
    }),
  )
  return { status: statusCode, body: said }
}

const post = (path: string, body: object) =>
  http('POST', path, JSON.stringify(body), { 'content-type': 'application/json' })

/** Lets time pass, wake-up by wake-up. */
async function until(at: number): Promise<void> {
  await poller.idle()
  for (
    let next = cloud.schedules.nextAt();
    next !== undefined && next <= at;
    next = cloud.schedules.nextAt()
  ) {
    clock.moveTo(Math.max(next, clock.now()))
    await cloud.schedules.fireDue(clock.now())
    poller.wake()
    await poller.idle()
  }
  clock.moveTo(at)
}

const mails = async () =>
  (await cloud.mailbox.list()).map(({ subject, at }) => [new Date(at).toISOString(), subject])

test('a deployment makes its secrets once, and an upgrade leaves them', async () => {
  await invoke('setup', {})
  const made = new Map(parameters.values)
  expect([...made.keys()]).toEqual(['/premura/test/link-secret', '/premura/test/first-admin-key'])
  await invoke('setup', {})
  expect(parameters.values).toEqual(made)
  key = made.get('/premura/test/first-admin-key') ?? ''
  expect(await http('GET', '/v1/workflows')).toMatchObject({ status: 200 })
  expect(functions.get('setup')?.log).not.toContain(key)
})

test('an admin key is made again from its parameter when a crash came between the two', async () => {
  const before = parameters.values.get('/premura/test/first-admin-key')
  const [{ id } = { id: '' }] = z
    .object({ keys: z.array(z.object({ id: z.string() })) })
    .parse(JSON.parse((await http('GET', '/v1/keys')).body)).keys
  expect(await http('DELETE', `/v1/keys/${id}`)).toMatchObject({ status: 204 })
  await invoke('setup', {})
  expect(parameters.values.get('/premura/test/first-admin-key')).toBe(before)
})

test('premura push publishes workflows of the library into it', async () => {
  let said = ''
  const some = ['thank-you', 'usage-tips', 'birthday-offer'].map((name) => `workflows/${name}`)
  const code = await dispatch(['push', ...some, '--url', publicUrl, '--key', key], {
    cwd: process.cwd(),
    env: {},
    out: (line) => {
      said += line
    },
    err: (line) => {
      said += line
    },
    columns: 100,
    ask: undefined,
    sleep: () => Promise.resolve(),
    input: undefined,
    progress: undefined,
    now: () => clock.now(),
    fetch: async (input, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers))
      const body = typeof init?.body === 'string' ? init.body : undefined
      const answer = await http(init?.method ?? 'GET', String(input), body, headers)
      return new Response(answer.status === 204 ? null : answer.body, {
        status: answer.status,
        headers: { 'content-type': 'application/json' },
      })
    },
    dns: {
      resolveTxt: async () => [],
      resolveCname: async () => [],
    },
  })
  expect(said).toContain('thank-you')
  expect(said).toContain('published version 1')
  expect(code).toBe(0)
}, 120_000)

test('a purchase becomes a mail, and later the next ones at ten in the morning', async () => {
  const purchase = {
    id: 'O-1',
    type: 'purchase',
    customerId: 'anna',
    customer: { email: 'anna@example.com', firstName: 'Anna', locale: 'en', timezone: 'Europe/Rome' },
    data: { orderId: 'O-1', total: 80, items: [{ name: 'Moka', category: 'coffee' }] },
  }
  expect(await post('/v1/events', purchase)).toMatchObject({ status: 202 })
  poller.start()
  await until(Date.parse('2026-04-30T00:00:00Z'))
  // Summer time begins in Rome on 29 March: ten there is 08:00 UTC from then on.
  expect((await mails()).map(([at]) => at)).toEqual([
    '2026-03-26T10:00:00.000Z',
    '2026-03-30T08:00:00.000Z',
    '2026-04-04T08:00:00.000Z',
    '2026-04-27T08:00:00.000Z',
  ])
}, 60_000)

test('a birthday that has come is found by the tick', async () => {
  const customer = { email: 'leo@example.com', firstName: 'Leo', locale: 'it', timezone: 'Europe/Rome' }
  const profile = { ...customer, birthday: '1990-05-02', consent: { offers: true } }
  expect(
    (await http('PUT', '/v1/customers/leo', JSON.stringify(profile), { 'content-type': 'application/json' }))
      .status,
  ).toBeLessThan(300)
  await invoke('tick', {})
  await until(Date.parse('2026-05-02T07:05:00Z'))
  expect(await invoke('tick', {})).toEqual({ due: 1 })
  await until(Date.parse('2026-05-02T07:20:00Z'))
  expect(await invoke('tick', {})).toEqual({ due: 0 })
  await until(Date.parse('2026-05-02T07:30:00Z'))
  const [mail, ...more] = await cloud.mailbox.list({ to: 'leo@example.com' })
  expect(more).toEqual([])
  expect(mail?.subject).toContain('Leo')
})

test('the link in a mail is believed by the API, which has the same secret', async () => {
  const [mail] = await cloud.mailbox.list({ to: 'leo@example.com' })
  const link = mail?.headers['List-Unsubscribe']?.replace(/[<>]/g, '') ?? ''
  expect(link.startsWith(`${publicUrl}/u/`)).toBe(true)
  expect((await http('GET', link)).body).toContain('<form')
  expect((await http('GET', `${link}x`)).status).toBeGreaterThanOrEqual(400)
})

test('what SES reports reaches the person', async () => {
  const [mail] = await cloud.mailbox.list({ to: 'leo@example.com' })
  if (!mail) throw new Error('no mail')
  const tags = encodeTags({
    customerId: 'leo',
    workflow: mail.workflow,
    key: mail.key,
    run: 1,
    step: mail.step,
    attempt: 1,
  })
  await invoke('feedback', {
    id: 'report-1',
    time: new Date(clock.now()).toISOString(),
    detail: {
      eventType: 'Bounce',
      mail: {
        timestamp: new Date(clock.now()).toISOString(),
        destination: ['leo@example.com'],
        tags: Object.fromEntries(tags.map(({ Name, Value }) => [Name ?? '', [Value ?? '']])),
      },
      bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: 'leo@example.com' }] },
    },
  })
  await poller.idle()
  expect((await http('GET', '/v1/customers/leo/timeline')).body).toContain('"outcome":"bounced"')
})

test('the daily round finds nothing overdue', async () => {
  expect(await invoke('sweep', {})).toMatchObject({ overdue: 0, journeys: 3 })
})

test('who is new while a day of the calendar goes round is armed for it by the API', async () => {
  const definition = `workflow: fair
title: The fair
topic: service
trigger: { calendar: "2026-05-03", at: "10:00" }
steps: [{ send: invitation }]
`
  const mail =
    '---\nsubject: Come to the fair\n---\n<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>'
  const json = { 'content-type': 'application/json' }
  const draft = JSON.stringify({ definition, templates: { 'invitation.mjml': mail } })
  expect(await http('PUT', '/v1/workflows/fair/draft', draft, json)).toMatchObject({ status: 200 })
  expect(await post('/v1/workflows/fair/publish', {})).toMatchObject({ status: 200 })
  const newcomer = JSON.stringify({ email: 'nina@example.com', timezone: 'Europe/Rome' })
  expect((await http('PUT', '/v1/customers/nina', newcomer, json)).status).toBeLessThan(300)
  // Ten in the morning in Rome.
  expect(cloud.schedules.nextAt()).toBe(Date.parse('2026-05-03T08:00:00Z'))
})

test('nobody’s address and no secret is in any log', async () => {
  const secrets = [...parameters.values.values(), 'anna@example.com', 'leo@example.com', 'Anna', 'Leo']
  for (const [name, { log }] of functions)
    for (const secret of secrets) expect(log, name).not.toContain(secret)
  expect(functions.get('sweep')?.log).toContain('"message":"sweep.done"')
  expect(functions.get('tick')?.log).not.toContain('quota-unknown')
})

test('secrets are read once by a process, and go with a stage that is removed', async () => {
  const reads = parameters.calls.filter((call) => call === 'GetParameter /premura/test/link-secret')
  // The API and the worker, each at its cold start.
  expect(reads).toHaveLength(2)
  await invoke('setup-remove', {}, 'remove')
  expect(parameters.values.size).toBe(0)
})

test.each(Object.entries(variablesOf))(
  '%s does not start without what it needs, and names it',
  async (name, variables) => {
    const bundle = pathToFileURL(join(folder, name, 'functions', `${name}.mjs`)).href
    const bare = new LambdaFunction(bundle, { AWS_LAMBDA_FUNCTION_NAME: name, AWS_REGION: region }, folder)
    try {
      await expect(bare.invoke({}, clock.now())).rejects.toThrow(`${variables[0]} is not set`)
    } finally {
      bare.stop()
    }
  },
)

test('the code that was driven is minified, and has its maps', async () => {
  const code = await readFile(join(folder, 'worker', 'functions', 'worker.mjs'), 'utf8')
  expect(code.split('\n').length).toBeLessThan(200)
  expect(code).toContain('sourceMappingURL=worker.mjs.map')
})
