import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Dns, Surroundings } from '../../cli/command.ts'
import {
  fresh,
  home,
  json,
  jsonError,
  type LoopbackAws,
  loopbackAws,
  now,
  stackXml,
  xmlError,
} from './loopback-aws.ts'
import { type Ran, shell } from './shell.ts'

const nothing = Object.assign(new Error('queryTxt ENOTFOUND'), { code: 'ENOTFOUND' })

/** DNS as this test says; `asked` tells what for. */
function dns(records: { [name: string]: string[] }, asked: string[] = []): Dns {
  const of = (name: string) => {
    asked.push(name)
    const found = Object.hasOwn(records, name) ? records[name] : undefined
    return found ? Promise.resolve(found) : Promise.reject(nothing)
  }
  return { resolveTxt: async (name) => (await of(name)).map((text) => [text]), resolveCname: of }
}

const goodRecords = {
  'bounce.lume.example': ['v=spf1 include:amazonses.com ~all'],
  '_dmarc.lume.example': ['v=DMARC1; p=quarantine; rua=mailto:dmarc@lume.example'],
}

/** Every address that this process connected to. */
let connected: string[] = []

beforeEach(() => {
  connected = []
  const { connect } = Socket.prototype
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...words: unknown[]) {
    const [first] = words.flat()
    const host =
      typeof first === 'object' && first !== null && 'host' in first ? String(first.host) : 'unnamed'
    connected.push(host)
    if (host !== '127.0.0.1') throw new Error(`${host} is not on loopback`)
    return Reflect.apply(connect, this, words)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  expect(connected.filter((host) => host !== '127.0.0.1')).toEqual([])
})

/** The environment of an engineer who is signed in. */
function signedIn(aws: LoopbackAws, more: { [name: string]: string | undefined } = {}) {
  const env: { [name: string]: string | undefined } = {
    AWS_REGION: home,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: aws.url,
    // One try each: pauses between tries are the SDK's affair.
    AWS_MAX_ATTEMPTS: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
    AWS_PROFILE: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
    ...more,
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  return env
}

async function doctor(
  aws: LoopbackAws,
  words = '',
  more: Partial<Surroundings> & {
    set?: { [name: string]: string | undefined }
    files?: { [path: string]: string }
  } = {},
): Promise<Ran> {
  const { set, files, ...around } = more
  const env = signedIn(aws, set)
  const { run } = await shell(files)
  return await run(`doctor ${words}`.trim(), { env, fetch, dns: dns(goodRecords), now: () => now, ...around })
}

const report = z.object({
  checks: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['ok', 'warn', 'fail', 'skipped']),
      title: z.string(),
      seen: z.string(),
      todo: z.string().optional(),
    }),
  ),
  summary: z.object({ ok: z.number(), warn: z.number(), fail: z.number(), skipped: z.number() }).loose(),
})

/** The document of `--json`, and its checks by status. */
function read({ out }: Ran) {
  const { checks, summary } = report.parse(JSON.parse(out))
  const of = (id: string) => checks.find((check) => check.id === id)
  const ids = (status: string) => checks.filter((check) => check.status === status).map(({ id }) => id)
  return { checks, summary, of, ids }
}

describe('premura doctor', () => {
  test('finds a healthy production healthy, and says what it saw', async () => {
    const aws = await loopbackAws()
    const { code, out, err } = await doctor(aws, '', { set: { PREMURA_KEY: 'prm_admin' } })
    expect(aws.unknown).toEqual([])
    expect(out).toBe(`Account
  ✓ Region       eu-west-1 (from AWS_REGION), asked at ${aws.url} and not at AWS
  ✓ Credentials  account 123456789012, as assumed-role/Ops/anna
  ✓ Clock        agrees with AWS

Deployment
  ✓ Stacks  8 stacks, all complete

SES
  ✓ Sandbox           out of the sandbox
  ✓ Sending           on, reputation healthy
  ✓ Sending quota     1,234 of 50,000 in 24 hours (2%)
  ✓ Send rate         14 a second: 10,000 mails take 12 minutes; the last 24 hours used 0% of it
  ✓ Pricing plan      NONE: mails are paid for one by one
  ✓ Suppression list  after bounces and complaints

Sender
  ✓ Identity   lume.example is verified
  ✓ DKIM       signed, records found (aaa, bbb, ccc)
  ✓ MAIL FROM  bounce.lume.example
  ✓ SPF        "v=spf1 include:amazonses.com ~all"
  ✓ DMARC      p=quarantine, aligned by DKIM and SPF

Configuration set
  ✓ Set          prod-mail, sending enabled
  ✓ Suppression  after bounces and complaints
  ✓ Events       EventBridge is told of SEND, REJECT, BOUNCE, COMPLAINT, RENDERING_FAILURE

Timers and workers
  ✓ Schedule group      active
  ✓ Schedules           10,000,000 at a time
  ✓ Wake-ups            1,000 a second: 100,000 journeys due at once take 100 seconds
  ✓ New schedules       5,000 a second
  ✓ Lambda concurrency  1,000 executions at a time in this account and Region

Queue
  ✓ Order               FIFO
  ✓ High throughput     on: limits count for each customer
  ✓ Deduplication       by content
  ✓ Dead letters        after 5 receipts to dead.fifo
  ✓ Visibility timeout  180 seconds, enough for a worker of 30
  ✓ Failed messages     none
  ✓ Failed wake-ups     none
  ✓ Failed reports      none

Table
  ✓ Table                prod-table is active
  ✓ Recovery             to any second of the last days
  ✓ Expiry               on, by the attribute x
  ✓ Deletion protection  on

API and secrets
  ✓ API              ${aws.url}/api is healthy
  ✓ Admin key        PREMURA_KEY is an admin key
  ✓ Link secret      /premura/prod/link-secret, encrypted
  ✓ First admin key  no longer in /premura/prod/first-admin-key

prod in eu-west-1: 39 in order.
`)
    expect(err.split('\n')).toContain('asking SES …')
    expect(code).toBe(0)
    expect(aws.keys).toEqual(['Bearer prm_admin'])
    expect(aws.asked.every((line) => line.endsWith(` ${home}`) || line.startsWith('api:'))).toBe(true)
    expect(connected.length).toBeGreaterThan(0)
  })

  test('never asks for the value of a secret', async () => {
    const aws = await loopbackAws()
    await doctor(aws)
    expect(aws.asked.filter((line) => line.startsWith('AmazonSSM'))).toEqual([
      `AmazonSSM.DescribeParameters ${home}`,
      `AmazonSSM.DescribeParameters ${home}`,
    ])
  })

  test('tells somebody with a fresh account what comes first', async () => {
    const aws = await loopbackAws()
    fresh(aws)
    const ran = await doctor(aws, '--json')
    const { ids, of, summary } = read(ran)
    expect(ran.code).toBe(1)
    expect(ids('fail')).toEqual(['ses-sandbox'])
    expect(ids('warn')).toEqual(['ses-rate', 'ses-plan', 'lambda-concurrency'])
    expect(of('ses-sandbox')).toMatchObject({
      seen: 'in the sandbox',
      todo: 'aws sesv2 put-account-details --production-access-enabled --mail-type MARKETING --website-url https://YOUR-SITE --region eu-west-1',
    })
    expect(of('lambda-concurrency')?.todo).toBe(
      'aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-1 --desired-value 1000 --region eu-west-1',
    )
    for (const id of [
      'identity',
      'configuration-set',
      'queue-fifo',
      'table',
      'api-health',
      'link-secret',
      'schedule-group',
    ])
      expect(of(id)).toMatchObject({
        status: 'skipped',
        seen: 'not deployed yet: npx sst deploy --stage prod',
      })
    expect(summary).toMatchObject({ stage: 'prod', region: home, fail: 1, warn: 3 })
    expect(aws.unknown).toEqual([])
  })

  test('knows the sender before it is deployed, from premura.config.ts', async () => {
    const aws = await loopbackAws()
    fresh(aws)
    aws.on('ses:GET /v2/email/identities/lume.example', () => jsonError('NotFoundException', 'none', 404))
    const asked: string[] = []
    const files = {
      'premura.config.ts': `export default { region: '${home}', all: { mail: { identity: 'lume.example' } }, stages: { beta: { production: true } } }`,
    }
    const ran = await doctor(aws, '--stage beta --json', {
      files,
      set: { AWS_REGION: 'us-east-1' },
      dns: dns({}, asked),
    })
    const { of } = read(ran)
    expect(of('region')?.seen).toContain('eu-west-1 (from premura.config.ts)')
    expect(of('identity')).toMatchObject({
      status: 'skipped',
      seen: 'SES does not know lume.example yet; deploying makes it',
    })
    expect(of('dmarc')).toMatchObject({ status: 'fail', seen: 'no record at _dmarc.lume.example nor above' })
    expect(of('ses-sandbox')?.status).toBe('fail')
    expect(asked).toEqual(['_dmarc.lume.example'])
    expect(ran.code).toBe(1)
  })

  test('--region stands above premura.config.ts, as it does when deploying', async () => {
    const aws = await loopbackAws()
    const files = { 'premura.config.ts': `export default { region: '${home}' }` }
    const { of } = read(await doctor(aws, '--region eu-central-1 --json', { files }))
    expect(of('region')?.seen).toContain('eu-central-1 (from --region)')
    expect(aws.asked.filter((line) => line.endsWith(` ${home}`))).toEqual([])
  })

  test('runs as a process of its own, and finds AWS as the SDK does', async () => {
    const aws = await loopbackAws()
    fresh(aws)
    const { cwd } = await shell()
    const command = fileURLToPath(new URL('../../cli/premura.mjs', import.meta.url))
    const child = spawn(process.execPath, [command, 'doctor', '--json'], {
      cwd,
      env: { PATH: process.env.PATH, ...signedIn(aws) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    })
    const told = { out: '', err: '' }
    child.stdout.on('data', (data) => (told.out += data))
    child.stderr.on('data', (data) => (told.err += data))
    const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)))
    expect({ code, ids: read({ code, ...told }).ids('fail') }).toEqual({
      code: 1,
      ids: ['clock', 'ses-sandbox'],
    })
    expect(told.err).not.toContain('Warning')
  })

  test('is milder where no customers are', async () => {
    const aws = await loopbackAws()
    fresh(aws)
    const ran = await doctor(aws, '--stage anna --json')
    expect(read(ran).of('ses-sandbox')?.status).toBe('warn')
    expect(ran.code).toBe(0)
  })

  test('in the wrong Region finds nothing, and says where it looked', async () => {
    const aws = await loopbackAws()
    aws.on('cloudformation:DescribeStacks', (input, region) =>
      xmlError(
        'ValidationError',
        `Stack with id ${new URLSearchParams(input).get('StackName')} does not exist in ${region}`,
      ),
    )
    const ran = await doctor(aws, '--region eu-central-1 --json')
    expect(read(ran).of('deployment')).toMatchObject({
      status: 'skipped',
      seen: 'not deployed yet: npx sst deploy --stage prod (there is no stack prod-premura-… in eu-central-1; if it is in another Region, name that with --region)',
    })
    expect(aws.asked.every((line) => line.endsWith(' eu-central-1'))).toBe(true)
  })

  test('goes on when one call is throttled, and does not call that healthy', async () => {
    const aws = await loopbackAws()
    aws.on('ses:GET /v2/email/account', () => jsonError('TooManyRequestsException', 'slow down', 429))
    aws.on('DynamoDB_20120810.DescribeTable', () => jsonError('AccessDeniedException', 'no'))
    const ran = await doctor(aws, '--json')
    const { of, ids } = read(ran)
    expect(of('ses-quota')).toMatchObject({
      status: 'warn',
      seen: 'not known: AWS throttled ses:GetAccount',
      todo: 'Ask again in a minute: premura doctor',
    })
    expect(of('table-protection')).toMatchObject({
      status: 'warn',
      seen: 'not known: these credentials may not call dynamodb:DescribeTable',
      todo: 'Allow dynamodb:DescribeTable to whoever runs the doctor.',
    })
    expect(ids('warn')).toHaveLength(8)
    expect(of('table-recovery')?.status).toBe('ok')
    expect(of('identity')?.status).toBe('ok')
    expect(ran.code).toBe(0)
  })

  test('says once what to do about several checks that one call left in the dark', async () => {
    const aws = await loopbackAws()
    aws.on('ses:GET /v2/email/account', () => jsonError('TooManyRequestsException', 'slow down', 429))
    const { out } = await doctor(aws)
    expect(out.match(/not known: AWS throttled/g)).toHaveLength(6)
    expect(out.match(/Ask again in a minute/g)).toHaveLength(1)
  })

  test('skips what hangs on a stack that could not be read', async () => {
    const aws = await loopbackAws()
    aws.on('cloudformation:DescribeStacks', () => xmlError('Throttling', 'Rate exceeded'))
    const { of } = read(await doctor(aws, '--json'))
    expect(of('deployment')).toMatchObject({
      status: 'warn',
      seen: 'not known: AWS throttled cloudformation:DescribeStacks',
    })
    expect(of('table')).toMatchObject({ status: 'skipped', seen: 'the stack Storage could not be read' })
  })

  test('shows what is wrong with why and what to do, commands unbroken', async () => {
    const aws = await loopbackAws()
    aws.on('DynamoDB_20120810.DescribeTimeToLive', () =>
      json({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } }),
    )
    aws.on('AmazonSSM.DescribeParameters', (input) =>
      json({ Parameters: [{ Name: /"Values":\["([^"]+)/.exec(input)?.[1], Type: 'SecureString' }] }),
    )
    const { code, out } = await doctor(aws)
    expect(out).toContain(`  ✗ Expiry               off
                         Without it the events of customers are kept for ever instead of 400 days.
                         → aws dynamodb update-time-to-live --table-name prod-table --time-to-live-specification Enabled=true,AttributeName=x --region eu-west-1
`)
    expect(out).toContain(`  ! First admin key  still lies in /premura/prod/first-admin-key
                     A key that lies around is a key that somebody else can take.
                     → Take it, keep it safe, and delete it there:
                       aws ssm get-parameter --name /premura/prod/first-admin-key --with-decryption --query Parameter.Value --output text --region eu-west-1
                       aws ssm delete-parameter --name /premura/prod/first-admin-key --region eu-west-1
`)
    expect(out).toContain('prod in eu-west-1: 1 to mend, 1 warning, 36 in order, 1 skipped.')
    expect(code).toBe(1)
  })

  test('does not send the key to an API without https', async () => {
    const aws = await loopbackAws()
    aws.on('cloudformation:DescribeStacks', (input) => {
      const name = new URLSearchParams(input).get('StackName') ?? ''
      const outputs: { [name: string]: string } = name.endsWith('-Api')
        ? { ApiUrl: 'http://care.lume.example' }
        : {}
      return stackXml(name, 'CREATE_COMPLETE', outputs)
    })
    const asked: string[] = []
    const { of } = read(
      await doctor(aws, '--json', {
        set: { PREMURA_KEY: 'prm_admin' },
        fetch: async (address, init) => {
          asked.push(`${address} ${new Headers(init?.headers).get('authorization')}`)
          return new Response('', { status: 503 })
        },
      }),
    )
    expect(asked).toEqual(['http://care.lume.example/health null'])
    expect(of('admin-key')).toMatchObject({
      status: 'skipped',
      seen: 'not sent: the API is not behind https',
    })
    expect(of('api-health')).toMatchObject({
      status: 'fail',
      seen: 'http://care.lume.example/health answers 503',
    })
  })
})

describe('when AWS cannot be asked at all', () => {
  test.each<[string, (aws: LoopbackAws) => void, { [name: string]: string | undefined }, string]>([
    [
      'expired credentials',
      (aws) =>
        aws.on('sts:GetCallerIdentity', () =>
          xmlError('ExpiredToken', 'The security token included in the request is expired', 403),
        ),
      {},
      `error The AWS credentials have expired.
      Sign in again (aws sso login), or put fresh ones into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
`,
    ],
    [
      'a key that AWS does not know',
      (aws) => aws.on('sts:GetCallerIdentity', () => xmlError('InvalidClientTokenId', 'invalid', 403)),
      {},
      `error AWS does not know these credentials (InvalidClientTokenId).
      Are they still active? Is eu-west-1 enabled for the account (AWS console → Account → AWS Regions)?
`,
    ],
    [
      'a wrong secret',
      (aws) => aws.on('sts:GetCallerIdentity', () => xmlError('SignatureDoesNotMatch', 'no', 403)),
      {},
      `error AWS refuses the signature of these credentials (SignatureDoesNotMatch).
      AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID; was it copied whole?
`,
    ],
    [
      'no credentials',
      () => {},
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      `error There are no AWS credentials to use: Could not load credentials from any providers
      Sign in (aws sso login) and name the profile in AWS_PROFILE,
      or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
`,
    ],
    [
      'no Region',
      () => {},
      { AWS_REGION: undefined },
      `error No AWS Region is named.
      Name one: --region eu-west-1, or AWS_REGION, or region in the profile of AWS_PROFILE.
`,
    ],
    [
      'nobody there',
      () => {},
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      `error AWS does not answer: connect ECONNREFUSED 127.0.0.1:1
      Is this machine online, and does a proxy or AWS_ENDPOINT_URL stand in the way?
`,
    ],
  ])('%s: exit 2, and the way out', async (_, arrange, set, text) => {
    const aws = await loopbackAws()
    arrange(aws)
    const { code, out, err } = await doctor(aws, '--json', { set })
    expect(err).toBe(`asking who you are …\n${text}`)
    expect(out).toBe('')
    expect(code).toBe(2)
    expect(aws.asked.length).toBeLessThanOrEqual(1)
  })

  test('a clock that is far off is told from a wrong secret', async () => {
    const aws = await loopbackAws()
    aws.on('sts:GetCallerIdentity', () => xmlError('SignatureDoesNotMatch', 'Signature expired', 403))
    const { code, err } = await doctor(aws, '', { now: () => now + 11 * 60_000 })
    expect(err).toContain(
      'error AWS refuses what this machine signs: its clock is 11 minutes ahead of AWS.\n',
    )
    expect(code).toBe(2)
  })
})

describe('called wrongly', () => {
  test.each([
    ['doctor prod', 'doctor takes options only.'],
    ['doctor --region Frankfurt', 'Frankfurt is no AWS Region.'],
    ['doctor --stage 1/2', '--stage 1/2 is no name that SST takes.'],
  ])('%s', async (words, message) => {
    const { run } = await shell()
    const { code, err } = await run(words)
    expect(err).toContain(`error ${message}`)
    expect(code).toBe(2)
  })

  test('a premura.config.ts that says something else is told', async () => {
    const { run } = await shell({ 'premura.config.ts': `export default { region: 7 }` })
    const { code, err } = await run('doctor')
    expect(err).toContain('error premura.config.ts says something else than expected.')
    expect(code).toBe(1)
  })
})

test('the AWS SDK is loaded by the doctor alone, and only when it runs', async () => {
  const folder = fileURLToPath(new URL('../../cli/', import.meta.url))
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  expect(names.length).toBeGreaterThan(30)
  const early = /^(?:import|export) (?!type )[^\n;]*['"]@aws-sdk/m
  for (const name of names) {
    const text = (await readFile(`${folder}${name}`, 'utf8')).replace(/^import \{[^}]*\}/gm, (all) =>
      all.replace(/\s+/g, ' '),
    )
    expect(early.test(text), name).toBe(false)
  }
})
