/** Checks of what SMS and WhatsApp need, made only where premura.config.ts says that somebody sends them. */
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

/** A number, a pool or a sender ID, as far as it tells. */
export interface Origination {
  /** `ACTIVE`; a sender ID has none. */
  status?: string
  selfManagedOptOuts?: boolean
  /** Message parts a second; a pool does not say. */
  partsPerSecond?: number
}

export interface WhatsAppNumber {
  shown: string
  /** `GREEN` */
  quality: string
}

export interface Texts {
  sms?: {
    arn: string
    /** As it is set. */
    partsPerSecond: number
    origination: Reading<Origination>
    /** `PRODUCTION`, or in the sandbox. */
    tier: Reading<string>
    /** USD a month. */
    spend: Reading<number>
  }
  whatsapp?: { id: string; number: Reading<WhatsAppNumber> }
}

const group = 'Texts'
const console = 'AWS End User Messaging console'
/** What a part costs is by country: so much is soon gone anywhere. */
const spendLeast = 10

export const textChecks = (scene: Scene, { sms, whatsapp }: Texts): Finding[] => [
  ...(sms ? smsChecks(scene, sms) : []),
  ...(whatsapp ? [whatsAppCheck(scene, whatsapp)] : []),
]

function smsChecks(scene: Scene, sms: NonNullable<Texts['sms']>): Finding[] {
  const name = sms.arn.replace(/^.*:\d{12}:/, '')
  const none = fail(
    `there is no ${name} in ${scene.region}`,
    `Request it (${console} → SMS), or name another one in texts.sms.originationIdentityArn.`,
  )
  const without = skipped(`there is no ${name}`)
  return [
    judge(
      {
        id: 'sms-identity',
        group,
        title: 'SMS sender',
        why: 'Without it no SMS leaves; each is held until there is one.',
      },
      sms.origination,
      ({ status }) =>
        status === undefined || status === 'ACTIVE'
          ? ok(`${name} is there`)
          : fail(`${name} is ${status.toLowerCase()}`, `${console} → SMS → ${name}`),
      none,
    ),
    judge(
      {
        id: 'sms-sandbox',
        group,
        title: 'SMS sandbox',
        why: 'In the sandbox SMS go to verified numbers only.',
      },
      sms.tier,
      (tier) =>
        /sandbox/i.test(tier)
          ? failInProduction(
              scene,
              'in the sandbox',
              'Ask to leave it: AWS Support Center → Service limit increase → SMS',
            )
          : ok('out of the sandbox'),
    ),
    judge(
      {
        id: 'sms-spend',
        group,
        title: 'SMS spending',
        why: 'Once the month’s limit is spent every SMS waits until it is raised or the month ends.',
      },
      sms.spend,
      (usd) =>
        usd < spendLeast
          ? failInProduction(
              scene,
              `at most ${figure(usd)} USD a month`,
              `Raise it: AWS Support Center → Service limit increase → SMS monthly spending; then ${aws(scene, 'pinpoint-sms-voice-v2 set-text-message-spend-limit-override --monthly-limit …')}`,
            )
          : ok(`at most ${figure(usd)} USD a month`),
      skipped('AWS names no limit'),
    ),
    judge(
      {
        id: 'sms-rate',
        group,
        title: 'SMS rate',
        why: 'What is set too high is throttled, and what is set too low waits longer than it must.',
      },
      sms.origination,
      ({ partsPerSecond }) => rate(sms.partsPerSecond, partsPerSecond),
      without,
    ),
    judge(
      {
        id: 'sms-opt-outs',
        group,
        title: 'SMS opt-outs',
        why: 'Who answers STOP must get no more; Premura heeds the list that AWS keeps, and reads no answers.',
      },
      sms.origination,
      ({ selfManagedOptOuts }) =>
        selfManagedOptOuts === true
          ? failInProduction(
              scene,
              'opt-outs are managed by yourself: nobody heeds a STOP',
              `Let AWS manage them: ${console} → SMS → ${name} → Opt-out list`,
            )
          : ok('AWS keeps the list'),
      without,
    ),
  ]
}

function rate(wanted: number, allowed: number | undefined): Verdict {
  if (allowed === undefined)
    return skipped(`${wanted} parts a second are set; AWS does not say what it may send`)
  const seen = `${wanted} parts a second are set, ${allowed} allowed`
  if (wanted > allowed) return warn(seen, `Set texts.sms.partsPerSecond to ${allowed}, and deploy again.`)
  return wanted < allowed / 2
    ? warn(seen, `Set texts.sms.partsPerSecond up to ${allowed}, and deploy again.`)
    : ok(seen)
}

function whatsAppCheck(scene: Scene, { id, number }: NonNullable<Texts['whatsapp']>): Finding {
  return judge(
    {
      id: 'whatsapp-number',
      group,
      title: 'WhatsApp number',
      why: 'Meta blocks numbers whose messages people block or report.',
    },
    number,
    ({ shown, quality }) =>
      /red|low/i.test(quality)
        ? warn(
            `${shown} has the quality ${quality.toLowerCase()}`,
            'Send less, and only what people asked for.',
          )
        : ok(`${shown}, quality ${quality.toLowerCase()}`),
    fail(
      `there is no ${id} in ${scene.region}`,
      `Link it (${console} → Social messaging), or name another one in texts.whatsapp.phoneNumberIdArn.`,
    ),
  )
}
