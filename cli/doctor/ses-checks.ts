/** Checks of SES as the account has it, and of the configuration set that Premura's mails go out with. */
import type {
  EventDestination,
  GetAccountResponse,
  GetConfigurationSetResponse,
  SuppressionListReason,
} from '@aws-sdk/client-sesv2'
import { lasting } from './account-checks.ts'
import {
  aws,
  fail,
  failInProduction,
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

type Account = GetAccountResponse

/** In the order in which they are shown. */
const accountRules: {
  id: string
  title: string
  why: string
  verdict(account: Account, scene: Scene): Verdict
}[] = [
  {
    id: 'ses-sandbox',
    title: 'Sandbox',
    why: 'In the sandbox SES delivers to verified addresses only, so that no customer gets anything.',
    verdict: sandbox,
  },
  {
    id: 'ses-sending',
    title: 'Sending',
    why: 'SES pauses accounts whose mails bounce or are complained about too often.',
    verdict: sending,
  },
  {
    id: 'ses-quota',
    title: 'Sending quota',
    why: 'Mails beyond the quota of 24 hours wait until there is room again.',
    verdict: quota,
  },
  {
    id: 'ses-rate',
    title: 'Send rate',
    why: 'The rate says how long a day with many mails takes.',
    verdict: rate,
  },
  {
    id: 'ses-plan',
    title: 'Pricing plan',
    why: 'The plan decides what a mail costs, and SES is nearly the whole bill.',
    verdict: plan,
  },
  {
    id: 'ses-suppression',
    title: 'Suppression list',
    why: 'Addresses that bounced or complained should be held back by SES too, whoever else in the account writes to them.',
    verdict: ({ SuppressionAttributes }, scene) =>
      suppression(
        SuppressionAttributes?.SuppressedReasons ?? [],
        aws(scene, 'sesv2 put-account-suppression-attributes --suppressed-reasons BOUNCE COMPLAINT'),
      ),
  },
]

export function sesChecks(scene: Scene, account: Reading<Account>): Finding[] {
  return accountRules.map(({ id, title, why, verdict }) =>
    judge({ id, group: 'SES', title, why }, account, (value) => verdict(value, scene)),
  )
}

function sandbox({ ProductionAccessEnabled, Details }: Account, scene: Scene): Verdict {
  if (ProductionAccessEnabled) return ok('out of the sandbox')
  const review = Details?.ReviewDetails
  const number = review?.CaseId === undefined ? '' : ` (case ${review.CaseId})`
  if (review?.Status === 'PENDING')
    return failInProduction(
      scene,
      `in the sandbox; the request to leave it is being reviewed${number}`,
      'Wait for the answer: AWS Support console → Your support cases.',
    )
  if (review?.Status === 'DENIED')
    return failInProduction(
      scene,
      `in the sandbox; the request to leave it was denied${number}`,
      'Answer in the case: AWS Support console → Your support cases. Say who gets mails, on which consent, and how bounces and complaints are handled.',
    )
  return failInProduction(
    scene,
    'in the sandbox',
    aws(
      scene,
      'sesv2 put-account-details --production-access-enabled --mail-type MARKETING --website-url https://YOUR-SITE',
    ),
  )
}

function sending({ SendingEnabled, EnforcementStatus }: Account, scene: Scene): Verdict {
  const reputation = 'SES console → Reputation metrics'
  if (EnforcementStatus === 'SHUTDOWN')
    return fail('SES has paused this account', `Mend the cause and answer the case: ${reputation}`)
  if (SendingEnabled === false)
    return fail(
      'sending is switched off for the account',
      aws(scene, 'sesv2 put-account-sending-attributes --sending-enabled'),
    )
  if (EnforcementStatus === 'PROBATION')
    return warn('SES has this account under review', `Look at bounces and complaints: ${reputation}`)
  return ok(EnforcementStatus === undefined ? 'on' : `on, reputation ${EnforcementStatus.toLowerCase()}`)
}

const more = (what: string): string => `Ask for more: Service Quotas console → Amazon SES → ${what}`

function quota({ SendQuota }: Account): Verdict {
  const { Max24HourSend: max, SentLast24Hours: sent } = SendQuota ?? {}
  if (max === undefined) return skipped('SES does not say')
  const used = Math.round(sent ?? 0)
  if (max === -1) return ok(`no limit; ${figure(used)} sent in 24 hours`)
  const share = max === 0 ? 100 : Math.floor((used / max) * 100)
  const seen = `${figure(used)} of ${figure(max)} in 24 hours (${share}%)`
  if (share >= 100) return fail(seen, more('Sending quota'))
  return share >= 80 ? warn(seen, more('Sending quota')) : ok(seen)
}

const aDaysMails = 10_000

function rate({ SendQuota }: Account): Verdict {
  const { MaxSendRate: max, SentLast24Hours: sent } = SendQuota ?? {}
  if (max === undefined || max <= 0) return skipped('SES does not say')
  const average = (sent ?? 0) / 86_400
  const seen = `${figure(max)} a second: ${figure(aDaysMails)} mails take ${lasting(aDaysMails / max)}; the last 24 hours used ${Math.round((average / max) * 100)}% of it`
  // An average of a half means hours in which the rate is what holds mails back.
  return max <= 1 || average >= max / 2 ? warn(seen, more('Sending rate')) : ok(seen)
}

function plan({ PricingAttributes }: Account, scene: Scene): Verdict {
  const { CurrentPlan: current, NextPlan: next } = PricingAttributes ?? {}
  if (current === undefined) return skipped('unknown: SES does not say')
  const coming = next === undefined ? '' : `; ${next} from next month`
  if (current === 'ESSENTIALS' && next === undefined)
    return warn(
      'ESSENTIALS, which new accounts start on',
      `If nobody needs what it includes, pay for mails alone (compare aws.amazon.com/ses/pricing first):\n${aws(scene, 'sesv2 put-account-pricing-attributes --plan NONE')}`,
    )
  return ok(`${current === 'NONE' ? 'NONE: mails are paid for one by one' : current}${coming}`)
}

const bothReasons: SuppressionListReason[] = ['BOUNCE', 'COMPLAINT']

function suppression(reasons: readonly SuppressionListReason[], todo: string): Verdict {
  const missing = bothReasons.filter((reason) => !reasons.includes(reason))
  if (missing.length === 0) return ok('after bounces and complaints')
  const not = missing.map((reason) => `${reason.toLowerCase()}s`).join(' nor after ')
  return warn(missing.length === 2 ? `neither after ${not}` : `not after ${not}`, todo)
}

export interface ConfigurationSet {
  name: Reading<string>
  set: Reading<GetConfigurationSetResponse>
  destinations: Reading<EventDestination[]>
}

/** Without these nobody learns of dead addresses and complaints. */
const needed = ['BOUNCE', 'COMPLAINT'] as const
/** With these doubts are settled, and what was never sent is known. Deliveries, opens and clicks are a matter of taste. */
const wanted = ['SEND', 'REJECT', 'RENDERING_FAILURE'] as const

export function configurationSetChecks(
  scene: Scene,
  account: Reading<Account>,
  { name, set, destinations }: ConfigurationSet,
): Finding[] {
  const group = 'Configuration set'
  const called = name.kind === 'read' ? name.value : ''
  const gone = fail(`there is no set ${called}`, `npx sst deploy --stage ${scene.stage}`)
  return [
    judge(
      {
        id: 'configuration-set',
        group,
        title: 'Set',
        why: 'Every mail names it; without it SES refuses them all.',
      },
      set,
      ({ SendingOptions }) =>
        SendingOptions?.SendingEnabled === false
          ? fail(
              `${called}: sending is switched off`,
              aws(
                scene,
                `sesv2 put-configuration-set-sending-options --configuration-set-name ${called} --sending-enabled`,
              ),
            )
          : ok(`${called}, sending enabled`),
      gone,
    ),
    judge(
      {
        id: 'configuration-set-suppression',
        group,
        title: 'Suppression',
        why: 'What the set says stands above what the account says, so that a set may switch suppression off.',
      },
      set,
      ({ SuppressionOptions }) => {
        const own = SuppressionOptions?.SuppressedReasons
        if (own === undefined && account.kind !== 'read')
          return skipped('as the account, which could not be read')
        const inherited =
          account.kind === 'read' ? account.value.SuppressionAttributes?.SuppressedReasons : []
        const verdict = suppression(
          own ?? inherited ?? [],
          aws(
            scene,
            `sesv2 put-configuration-set-suppression-options --configuration-set-name ${called} --suppressed-reasons BOUNCE COMPLAINT`,
          ),
        )
        return own === undefined ? { ...verdict, seen: `${verdict.seen}, as the account` } : verdict
      },
      skipped(`there is no set ${called}`),
    ),
    judge(
      {
        id: 'configuration-set-events',
        group,
        title: 'Events',
        why: 'What SES knows of bounces, complaints and doubtful mails comes back through EventBridge, and through nothing else.',
      },
      destinations,
      (list) => events(list, scene),
      skipped(`there is no set ${called}`),
    ),
  ]
}

function events(destinations: readonly EventDestination[], { stage }: Scene): Verdict {
  const deploy = `npx sst deploy --stage ${stage}`
  const used = destinations.filter(({ Enabled, EventBridgeDestination: bus }) => Enabled !== false && bus)
  if (used.length === 0) {
    const off = destinations.some(({ EventBridgeDestination: bus }) => bus)
    return fail(
      off ? 'the destination in EventBridge is switched off' : 'no destination in EventBridge',
      off ? 'SES console → Configuration sets → Event destinations → Enable' : deploy,
    )
  }
  const told = new Set(used.flatMap(({ MatchingEventTypes }) => MatchingEventTypes ?? []))
  const lacking = [...needed, ...wanted].filter((type) => !told.has(type))
  const seen = `EventBridge is not told of ${lacking.join(', ')}`
  const todo = `SES console → Configuration sets → Event destinations → Edit: add ${lacking.join(', ')}`
  if (lacking.some((type) => needed.some((one) => one === type))) return fail(seen, todo)
  return lacking.length > 0 ? warn(seen, todo) : ok(`EventBridge is told of ${[...told].join(', ')}`)
}
