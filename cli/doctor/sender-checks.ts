/** Checks of the sender: the identity in SES, and the DNS records that let receivers believe it. */
import type { GetEmailIdentityResponse } from '@aws-sdk/client-sesv2'
import {
  aws,
  fail,
  failInProduction,
  type Finding,
  judge,
  ok,
  type Reading,
  type Scene,
  skipped,
  type Verdict,
  warn,
} from './finding.ts'

type Identity = GetEmailIdentityResponse

export interface Sender {
  /** A domain, or one address. */
  name: Reading<string>
  /** Only premura.config.ts names it so far, and deploying makes it. */
  toBeMade: boolean
  identity: Reading<Identity>
  /** The SPF records at the MAIL FROM domain, none if there are none. */
  spf: Reading<string[]>
  /** The DMARC records that count for the domain, with the name where they lie; absent when there are none. */
  dmarc: Reading<DmarcRecords>
  /** DKIM records that DNS does not know, looked for while SES has not found them. */
  missingDkim: Reading<string[]>
}

export interface DmarcRecords {
  /** `_dmarc.example.com` */
  at: string
  records: string[]
}

export const domainOf = (identity: string): string =>
  identity.slice(identity.lastIndexOf('@') + 1).toLowerCase()

/** The CNAME records that Easy DKIM wants, by their names. */
export function dkimRecords(
  domain: string,
  { DkimAttributes }: Identity,
): { name: string; target: string }[] {
  if (DkimAttributes?.SigningAttributesOrigin === 'EXTERNAL') return []
  const zone = DkimAttributes?.SigningHostedZone ?? 'dkim.amazonses.com'
  return (DkimAttributes?.Tokens ?? []).map((token) => ({
    name: `${token}._domainkey.${domain}`,
    target: `${token}.${zone}`,
  }))
}

export function senderChecks(scene: Scene, sender: Sender): Finding[] {
  const group = 'Sender'
  const name = sender.name.kind === 'read' ? sender.name.value : ''
  const domain = domainOf(name)
  const absent = skipped(`SES does not know ${name} in ${scene.region}`)
  return [
    judge(
      {
        id: 'identity',
        group,
        title: 'Identity',
        why: 'SES sends from verified identities only, and verifies them for each Region anew.',
      },
      sender.identity,
      (value) => identity(name, value, scene),
      sender.toBeMade
        ? skipped(`SES does not know ${name} yet; deploying makes it`)
        : fail(
            `SES does not know ${name} in ${scene.region}`,
            aws(scene, `sesv2 create-email-identity --email-identity ${name}`),
          ),
    ),
    judge(
      {
        id: 'dkim',
        group,
        title: 'DKIM',
        why: 'The signature proves that a mail is yours; without it big receivers refuse or hide it.',
      },
      sender.identity,
      (value) => dkim(name, value, sender.missingDkim, scene),
      absent,
    ),
    judge(
      {
        id: 'mail-from',
        group,
        title: 'MAIL FROM',
        why: 'With a MAIL FROM domain of your own, SPF speaks for your domain and not for that of SES.',
      },
      sender.identity,
      (value) => mailFrom(name, value, scene),
      absent,
    ),
    judge(
      {
        id: 'spf',
        group,
        title: 'SPF',
        why: 'The record tells receivers that SES may send for the MAIL FROM domain.',
      },
      sender.spf,
      (records) => spf(mailFromOf(sender.identity) ?? domain, records),
      skipped('no MAIL FROM domain of your own: SES uses its own, whose record is in order'),
    ),
    judge(
      {
        id: 'dmarc',
        group,
        title: 'DMARC',
        why: 'DMARC tells receivers what to do with mail that only pretends to be yours; Gmail and Yahoo expect it of whoever sends much.',
      },
      sender.dmarc,
      (found) => dmarc(domain, found, sender.identity),
      fail(
        `no record at _dmarc.${domain} nor above`,
        `Publish, and tighten to p=quarantine once the reports show nothing unexpected:\nTXT _dmarc.${domain} "v=DMARC1; p=none; rua=mailto:dmarc@${domain}"`,
      ),
    ),
  ]
}

function identity(name: string, { VerifiedForSendingStatus, ...more }: Identity, scene: Scene): Verdict {
  if (VerifiedForSendingStatus) return ok(`${name} is verified`)
  const state = (more.VerificationStatus ?? 'not verified').toLowerCase().replaceAll('_', ' ')
  const why = more.VerificationInfo?.ErrorType
  const seen = `${name} is not verified: ${state}${why === undefined ? '' : ` (${why.toLowerCase().replaceAll('_', ' ')})`}`
  if (name.includes('@'))
    return failInProduction(scene, seen, `Click the link in the mail that SES sent to ${name}.`)
  return failInProduction(
    scene,
    seen,
    dnsLines(domainOf(name), more) || 'SES console → Identities → Publish DNS records',
  )
}

function dnsLines(domain: string, identity: Pick<Identity, 'DkimAttributes'>): string {
  const lines = dkimRecords(domain, identity).map(({ name, target }) => `CNAME ${name} ${target}`)
  return lines.length === 0 ? '' : ['Publish in DNS:', ...lines].join('\n')
}

function dkim(name: string, value: Identity, missing: Reading<string[]>, scene: Scene): Verdict {
  const { SigningEnabled, Status = 'NOT_STARTED', Tokens = [] } = value.DkimAttributes ?? {}
  const tokens = Tokens.length === 0 ? '' : ` (${Tokens.join(', ')})`
  if (Status === 'SUCCESS')
    return SigningEnabled === false
      ? failInProduction(
          scene,
          `the records are found${tokens}, but signing is switched off`,
          aws(scene, `sesv2 put-email-identity-dkim-attributes --email-identity ${name} --signing-enabled`),
        )
      : ok(`signed, records found${tokens}`)
  if (name.includes('@') && Tokens.length === 0)
    return failInProduction(
      scene,
      `not signed: ${name} is verified as an address, without its domain`,
      aws(scene, `sesv2 create-email-identity --email-identity ${domainOf(name)}`),
    )
  const lost = missing.kind === 'read' ? missing.value.length : undefined
  const wanted = dkimRecords(domainOf(name), value).length
  const dns = lost === undefined || wanted === 0 ? '' : `; DNS knows ${wanted - lost} of ${wanted} records`
  return failInProduction(
    scene,
    `${Status.toLowerCase().replaceAll('_', ' ')}${tokens}${dns}`,
    lost === 0 && wanted > 0
      ? 'Wait: SES looks again for up to 72 hours.'
      : dnsLines(domainOf(name), value) || 'SES console → Identities → Authentication → DKIM',
  )
}

const mailFromOf = (reading: Reading<Identity>): string | undefined =>
  reading.kind === 'read' ? reading.value.MailFromAttributes?.MailFromDomain || undefined : undefined

function mailFrom(name: string, { MailFromAttributes: set }: Identity, scene: Scene): Verdict {
  if (!set?.MailFromDomain)
    return warn(
      'none of your own: SES uses amazonses.com',
      aws(
        scene,
        `sesv2 put-email-identity-mail-from-attributes --email-identity ${name} --mail-from-domain mail.${domainOf(name)} --behavior-on-mx-failure USE_DEFAULT_VALUE`,
      ),
    )
  const { MailFromDomain: domain, MailFromDomainStatus: status, BehaviorOnMxFailure: otherwise } = set
  if (status === 'SUCCESS') return ok(domain)
  const todo = `Publish in DNS:\nMX ${domain} 10 feedback-smtp.${scene.region}.amazonses.com\n${spfLine(domain)}`
  const state = `${domain}: ${(status ?? 'pending').toLowerCase().replaceAll('_', ' ')}`
  return otherwise === 'REJECT_MESSAGE'
    ? fail(`${state}, and SES refuses mails until it is found`, todo)
    : warn(`${state}; until it is found SES uses amazonses.com`, todo)
}

const spfLine = (domain: string): string => `TXT ${domain} "v=spf1 include:amazonses.com ~all"`

function spf(domain: string, records: readonly string[]): Verdict {
  const [record, ...others] = records
  if (record === undefined) return fail(`no record at ${domain}`, spfLine(domain))
  if (others.length > 0)
    return fail(
      `${records.length} records at ${domain}: receivers take none of them`,
      `Make one of them:\n${spfLine(domain)}`,
    )
  const terms = record.toLowerCase().split(/\s+/).slice(1)
  if (terms.some((term) => /^\+?all$/.test(term)))
    return fail(`"${record}" lets anybody send for ${domain}`, spfLine(domain))
  if (!terms.some((term) => /^\+?include:amazonses\.com$/.test(term))) {
    const elsewhere = terms.some((term) => term.startsWith('redirect='))
    const todo = `Add include:amazonses.com to the record of ${domain}`
    return elsewhere
      ? warn(`"${record}" leads elsewhere, which was not followed`, todo)
      : fail(`"${record}" does not let SES send`, todo)
  }
  if (!terms.some((term) => /^[~-]all$/.test(term)))
    return warn(`"${record}" says nothing about other senders`, spfLine(domain))
  return ok(`"${record}"`)
}

/** `v=DMARC1; p=none` → `{ v: 'DMARC1', p: 'none' }` */
function tagsOf(record: string): Map<string, string> {
  return new Map(
    record.split(';').flatMap((part): [string, string][] => {
      const [name = '', ...value] = part.split('=')
      return value.length === 0 ? [] : [[name.trim().toLowerCase(), value.join('=').trim()]]
    }),
  )
}

function dmarc(domain: string, { at, records }: DmarcRecords, identityReading: Reading<Identity>): Verdict {
  const [record = '', ...others] = records
  if (others.length > 0)
    return fail(
      `${records.length} records at ${at}: receivers take none of them`,
      `Leave one TXT record at ${at}.`,
    )
  const tags = tagsOf(record)
  const inherited = at !== `_dmarc.${domain}`
  const policy = ((inherited ? tags.get('sp') : undefined) ?? tags.get('p') ?? '').toLowerCase()
  if (!/^(?:none|quarantine|reject)$/.test(policy))
    return fail(
      `"${record}" at ${at} has no policy that receivers know`,
      `TXT ${at} "v=DMARC1; p=quarantine; rua=mailto:dmarc@${domain}"`,
    )
  const aligned = identityReading.kind === 'read' ? alignment(identityReading.value, tags) : undefined
  const seen = `p=${policy}${inherited ? ` (from ${at})` : ''}${aligned === undefined ? '' : aligned.length === 0 ? ', and nothing aligned' : `, aligned by ${aligned.join(' and ')}`}`
  if (aligned?.length === 0)
    return fail(
      `${seen}: every mail fails DMARC`,
      'Let DKIM be found for the domain (see DKIM), or verify a MAIL FROM domain.',
    )
  if (policy === 'none')
    return warn(
      `${seen}: forged mail is delivered all the same`,
      `When the reports show nothing unexpected:\nTXT ${at} "v=DMARC1; p=quarantine; rua=${tags.get('rua') ?? `mailto:dmarc@${domain}`}"`,
    )
  if (aligned && !aligned.includes('DKIM'))
    return warn(
      `${seen} alone, which breaks when a mail is forwarded`,
      'Let DKIM be found for the domain (see DKIM).',
    )
  const share = tags.get('pct') ?? '100'
  if (share !== '100')
    return warn(`${seen}, for ${share}% of the mails`, `Take pct=${share} out of the record at ${at}.`)
  return ok(seen)
}

/** What of a mail from this identity agrees with the domain in its From. SES signs with the identity's domain. */
function alignment({ DkimAttributes, MailFromAttributes }: Identity, tags: Map<string, string>): string[] {
  const found: string[] = []
  if (DkimAttributes?.Status === 'SUCCESS' && DkimAttributes.SigningEnabled !== false) found.push('DKIM')
  // The MAIL FROM domain is always below the identity's, so that a strict SPF never agrees.
  if (MailFromAttributes?.MailFromDomainStatus === 'SUCCESS' && tags.get('aspf')?.toLowerCase() !== 's')
    found.push('SPF')
  return found
}
