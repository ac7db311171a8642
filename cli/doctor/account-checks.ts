/** Checks of what a deployment stands on: the account, this machine's clock, the stacks, and the quotas. */
import { counted } from '../terminal.ts'
import {
  aws,
  fail,
  figure,
  type Finding,
  judge,
  ok,
  type Reading,
  type Scene,
  skipped,
  type Verdict,
  warn,
} from './finding.ts'
import { notDeployed, type OutputName, stackOutputs, type Stacks } from './outputs.ts'

export interface Caller {
  account: string
  arn: string
}

export interface Surface {
  /** Where the Region was named. */
  regionFrom: string
  /** Set when somebody else than AWS is asked. */
  endpoint: string | undefined
  caller: Reading<Caller>
  /** This machine's clock minus AWS's; undefined when no answer had a date. */
  skewMs: number | undefined
}

export function accountChecks(scene: Scene, { regionFrom, endpoint, caller, skewMs }: Surface): Finding[] {
  const group = 'Account'
  return [
    {
      id: 'region',
      group,
      title: 'Region',
      why: 'Everything is asked in one Region: SES identities, quotas and stacks of another one do not count.',
      ...ok(
        `${scene.region} (${regionFrom})${endpoint === undefined ? '' : `, asked at ${endpoint} and not at AWS`}`,
      ),
    },
    judge(
      {
        id: 'credentials',
        group,
        title: 'Credentials',
        why: 'A deployment into the wrong account is a long afternoon.',
      },
      caller,
      ({ account, arn }) =>
        arn.endsWith(':root')
          ? warn(
              `account ${account}, as its root user`,
              'Use a role instead (IAM Identity Center → Permission sets), and delete the access keys of the root user.',
            )
          : ok(`account ${account}, as ${arn.replace(/^arn:[^:]*:(?:sts|iam)::\d*:/, '')}`),
    ),
    {
      id: 'clock',
      group,
      title: 'Clock',
      why: 'AWS refuses requests that were signed more than five minutes away from its own time.',
      ...clock(skewMs),
    },
  ]
}

function clock(skewMs: number | undefined): Verdict {
  if (skewMs === undefined) return skipped('no answer of AWS had a date')
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  // The header has whole seconds, and the answer took its time.
  if (seconds <= 5) return ok('agrees with AWS')
  const seen = `${skewWords(skewMs)} AWS`
  const todo =
    'Let the machine keep its time: timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS).'
  if (seconds > 300) return fail(seen, todo)
  return seconds > 60 ? warn(seen, todo) : ok(seen)
}

/** `12 minutes ahead of`. */
export function skewWords(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const long = seconds >= 120 ? `${figure(Math.round(seconds / 60))} minutes` : `${seconds} seconds`
  return `${long} ${skewMs > 0 ? 'ahead of' : 'behind'}`
}

export function deploymentCheck(scene: Scene, stacks: Stacks): Finding {
  return {
    id: 'deployment',
    group: 'Deployment',
    title: 'Stacks',
    why: 'What was never deployed, or only half, cannot care for anybody.',
    ...deployment(scene, stacks),
  }
}

/** The stack is as somebody wanted it. */
const settled = /^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/
/** The version before works on; the last change did not arrive. */
const undone = /^(?:UPDATE|IMPORT)_ROLLBACK_COMPLETE$/

function deployment({ stage, app, region }: Scene, stacks: Stacks): Verdict {
  const all = [...stacks].map(([id, reading]) => ({ id, reading }))
  const unread = all.flatMap(({ reading }) => (reading.kind === 'unread' ? [reading] : []))
  const [first] = unread
  if (first) return warn(first.seen, first.todo)
  const missing = all.filter(({ reading }) => reading.kind === 'absent').map(({ id }) => id)
  if (missing.length === all.length)
    return skipped(
      `${notDeployed(stage)} (there is no stack ${stage}-${app}-… in ${region}; if it is in another Region, name that with --region)`,
    )
  const deploy = `npx sst deploy --stage ${stage}`
  if (missing.length > 0) return fail(`missing: ${missing.join(', ')}`, deploy)
  const found = all.flatMap(({ id, reading }) => (reading.kind === 'read' ? [{ id, ...reading.value }] : []))
  const amiss = found.filter(({ status }) => !settled.test(status))
  const said = (list: readonly { id: string; status: string }[]) =>
    list.map(({ id, status }) => `${id} ${status}`).join(', ')
  const broken = amiss.filter(({ status }) => !undone.test(status) && !status.endsWith('_IN_PROGRESS'))
  const events = `Read why in the CloudFormation console (Stacks → Events), then: ${deploy}`
  if (broken.length > 0) return fail(said(broken), events)
  const moving = amiss.filter(({ status }) => status.endsWith('_IN_PROGRESS'))
  if (moving.length > 0) return warn(said(moving), 'Wait until it is done, and ask again.')
  if (amiss.length > 0) return warn(`${said(amiss)}: the last deployment was taken back`, events)
  const told = new Set(found.flatMap(({ outputs }) => Object.keys(outputs)))
  const silent = Object.values(stackOutputs)
    .flat()
    .filter((name: OutputName) => !told.has(name))
  if (silent.length > 0)
    return warn(`outputs missing: ${silent.join(', ')}`, `Deployed by another version? ${deploy}`)
  return ok(`${found.length} stacks, all complete`)
}

export interface Quota {
  name: string
  code: string
  value: number
}

export interface Quotas {
  scheduler: Reading<Quota[]>
  lambda: Reading<Quota[]>
  /** `ACTIVE` */
  group: Reading<string>
  groupName: Reading<string>
}

interface Wanted {
  id: string
  title: string
  why: string
  service: 'scheduler' | 'lambda'
  /** As Service Quotas calls it. */
  name: string
  /** Below this it gets tight. */
  least: number
  /** What the figure means. */
  means(value: number): string
}

const wanted: Wanted[] = [
  {
    id: 'schedules-count',
    title: 'Schedules',
    why: 'Every journey that waits holds one schedule until it wakes.',
    service: 'scheduler',
    name: 'Number of schedules',
    least: 1_000_000,
    means: (value) => `${figure(value)} at a time`,
  },
  {
    id: 'schedules-invocations',
    title: 'Wake-ups',
    why: 'What wakes at the same minute beyond this rate is late, though never lost.',
    service: 'scheduler',
    name: 'Invocations throttle limit',
    least: 250,
    means: (value) =>
      `${figure(value)} a second: 100,000 journeys due at once take ${lasting(100_000 / value)}`,
  },
  {
    id: 'schedules-create',
    title: 'New schedules',
    why: 'A worker that may not arm a timer tries again later, and what is behind it waits.',
    service: 'scheduler',
    name: 'CreateSchedule request rate',
    least: 250,
    means: (value) => `${figure(value)} a second`,
  },
  {
    id: 'lambda-concurrency',
    title: 'Lambda concurrency',
    why: 'API, workers and everything else in the account share it; new accounts start with very little.',
    service: 'lambda',
    name: 'Concurrent executions',
    least: 100,
    means: (value) => `${figure(value)} executions at a time in this account and Region`,
  },
]

export function quotaChecks(scene: Scene, quotas: Quotas): Finding[] {
  const group = 'Timers and workers'
  return [
    judge(
      {
        id: 'schedule-group',
        group,
        title: 'Schedule group',
        why: 'Timers are made in this group; without it no journey can wait.',
      },
      quotas.group,
      (state) =>
        state === 'ACTIVE'
          ? ok('active')
          : fail(state.toLowerCase(), `Wait until it is gone, then: npx sst deploy --stage ${scene.stage}`),
      fail(
        `there is no group ${quotas.groupName.kind === 'read' ? quotas.groupName.value : ''}`,
        `npx sst deploy --stage ${scene.stage}`,
      ),
    ),
    ...wanted.map(({ id, title, why, service, name, least, means }) =>
      judge({ id, group, title, why }, quotas[service], (list) => {
        const quota = list.find((each) => each.name.toLowerCase() === name.toLowerCase())
        if (!quota) return skipped(`Service Quotas knows no quota "${name}" here`)
        if (quota.value >= least) return ok(means(quota.value))
        return warn(
          means(quota.value),
          aws(
            scene,
            `service-quotas request-service-quota-increase --service-code ${service} --quota-code ${quota.code} --desired-value ${least * 10}`,
          ),
        )
      }),
    ),
  ]
}

/** `2 minutes` */
export function lasting(seconds: number): string {
  for (const [unit, size] of [
    ['days', 86_400],
    ['hours', 3_600],
    ['minutes', 60],
  ] as const)
    if (seconds >= 2 * size) return `${figure(Math.round(seconds / size))} ${unit}`
  return counted(Math.max(1, Math.round(seconds)), 'second')
}
