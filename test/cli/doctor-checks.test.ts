import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accountChecks, deploymentCheck } from '../../cli/doctor/account-checks.ts'
import { dmarcOf, lostRecords, spfOf } from '../../cli/doctor/dns.ts'
import { fail, ok, type Reading, type Scene, skipped, type Verdict, warn } from '../../cli/doctor/finding.ts'
import { outputOf, type Stack, stackIds, stackOutputs, type Stacks } from '../../cli/doctor/outputs.ts'
import { domainOf, type Sender, senderChecks } from '../../cli/doctor/sender-checks.ts'
import { configurationSetChecks, sesChecks } from '../../cli/doctor/ses-checks.ts'
import { absent, dark, dev, prod, read, region, said } from './verdicts.ts'

describe('the account', () => {
  const surface = {
    regionFrom: 'from --region',
    endpoint: undefined,
    caller: read({ account: '1', arn: 'arn:aws:iam::1:user/anna' }),
    skewMs: 0,
  }

  test('is named with who asks', () => {
    expect(said(accountChecks(prod, surface), 'region')).toEqual(ok('eu-west-1 (from --region)'))
    expect(said(accountChecks(prod, surface), 'credentials')).toEqual(ok('account 1, as user/anna'))
    const root = { ...surface, caller: read({ account: '1', arn: 'arn:aws:iam::1:root' }) }
    expect(said(accountChecks(prod, root), 'credentials')).toMatchObject({
      status: 'warn',
      seen: 'account 1, as its root user',
    })
  })

  test.each<[number | undefined, string, string]>([
    [undefined, 'skipped', 'no answer of AWS had a date'],
    [5_000, 'ok', 'agrees with AWS'],
    [-6_000, 'ok', '6 seconds behind AWS'],
    [60_000, 'ok', '60 seconds ahead of AWS'],
    [61_000, 'warn', '61 seconds ahead of AWS'],
    [-300_000, 'warn', '5 minutes behind AWS'],
    [301_000, 'fail', '5 minutes ahead of AWS'],
    [-7_200_000, 'fail', '120 minutes behind AWS'],
  ])('a clock that is off by %s ms: %s', (skewMs, status, seen) => {
    expect(said(accountChecks(prod, { ...surface, skewMs }), 'clock')).toMatchObject({ status, seen })
  })
})

/** Every stack with all its outputs, in one state, and what differs. */
function stacks(status = 'UPDATE_COMPLETE', others: { [id: string]: Reading<Stack> } = {}): Stacks {
  return new Map(
    stackIds.map((id) => {
      const outputs = Object.fromEntries(stackOutputs[id].map((name) => [name, `the ${name}`]))
      return [id, others[id] ?? read({ status, outputs })]
    }),
  )
}

describe('the stacks', () => {
  const deploy = 'npx sst deploy --stage prod'
  const events = `Read why in the CloudFormation console (Stacks → Events), then: ${deploy}`
  test.each<[string, Stacks, Verdict]>([
    ['complete', stacks(), ok('8 stacks, all complete')],
    [
      'none',
      new Map(stackIds.map((id) => [id, absent])),
      skipped(
        `not deployed yet: ${deploy} (there is no stack prod-premura-… in eu-west-1; if it is in another Region, name that with --region)`,
      ),
    ],
    [
      'half',
      stacks('CREATE_COMPLETE', { Web: absent, Engine: absent }),
      fail('missing: Engine, Web', deploy),
    ],
    ['unread', stacks('CREATE_COMPLETE', { Web: dark }), warn('not known', 'again')],
    [
      'failed',
      stacks('CREATE_COMPLETE', { Api: read({ status: 'ROLLBACK_COMPLETE', outputs: {} }) }),
      fail('Api ROLLBACK_COMPLETE', events),
    ],
    [
      'on the way',
      stacks('CREATE_COMPLETE', { Api: read({ status: 'UPDATE_IN_PROGRESS', outputs: {} }) }),
      warn('Api UPDATE_IN_PROGRESS', 'Wait until it is done, and ask again.'),
    ],
    [
      'taken back',
      stacks('CREATE_COMPLETE', { Api: read({ status: 'UPDATE_ROLLBACK_COMPLETE', outputs: {} }) }),
      warn('Api UPDATE_ROLLBACK_COMPLETE: the last deployment was taken back', events),
    ],
    [
      'of another version',
      stacks('CREATE_COMPLETE', { Api: read({ status: 'CREATE_COMPLETE', outputs: {} }) }),
      warn('outputs missing: ApiUrl', `Deployed by another version? ${deploy}`),
    ],
  ])('%s', (_, found, verdict) => {
    expect(said([deploymentCheck(prod, found)], 'deployment')).toEqual(verdict)
  })

  test('an output is found in whichever stack has it', () => {
    const moved = stacks('CREATE_COMPLETE', {
      Api: absent,
      Web: read({ status: 'CREATE_COMPLETE', outputs: { ApiUrl: 'https://x' } }),
    })
    expect(outputOf('ApiUrl', moved, 'prod')).toEqual(read('https://x'))
    expect(outputOf('TableName', stacks('X', { Storage: dark }), 'prod')).toEqual({
      kind: 'skipped',
      seen: 'the stack Storage could not be read',
    })
    expect(outputOf('TableName', stacks('X', { Storage: absent }), 'prod')).toEqual({
      kind: 'skipped',
      seen: `not deployed yet: ${deploy}`,
    })
    expect(
      outputOf('TableName', stacks('X', { Storage: read({ status: 'X', outputs: {} }) }), 'prod'),
    ).toEqual({
      kind: 'skipped',
      seen: 'the stack Storage has no output TableName',
    })
  })
})

describe('SES', () => {
  const more = (what: string) => `Ask for more: Service Quotas console → Amazon SES → ${what}`
  const cases: [string, Parameters<typeof sesChecks>[1], Verdict, Scene?][] = [
    ['ses-sandbox', read({ ProductionAccessEnabled: true }), ok('out of the sandbox')],
    [
      'ses-sandbox',
      read({ Details: { ReviewDetails: { Status: 'PENDING', CaseId: '77' } } }),
      fail(
        'in the sandbox; the request to leave it is being reviewed (case 77)',
        'Wait for the answer: AWS Support console → Your support cases.',
      ),
    ],
    [
      'ses-sandbox',
      read({ Details: { ReviewDetails: { Status: 'DENIED' } } }),
      warn(
        'in the sandbox; the request to leave it was denied',
        'Answer in the case: AWS Support console → Your support cases. Say who gets mails, on which consent, and how bounces and complaints are handled.',
      ),
      dev,
    ],
    ['ses-sending', read({ SendingEnabled: true }), ok('on')],
    [
      'ses-sending',
      read({ SendingEnabled: false, EnforcementStatus: 'HEALTHY' }),
      fail(
        'sending is switched off for the account',
        `aws sesv2 put-account-sending-attributes --sending-enabled ${region}`,
      ),
    ],
    [
      'ses-sending',
      read({ SendingEnabled: true, EnforcementStatus: 'PROBATION' }),
      warn(
        'SES has this account under review',
        'Look at bounces and complaints: SES console → Reputation metrics',
      ),
    ],
    [
      'ses-sending',
      read({ SendingEnabled: false, EnforcementStatus: 'SHUTDOWN' }),
      fail(
        'SES has paused this account',
        'Mend the cause and answer the case: SES console → Reputation metrics',
      ),
    ],
    ['ses-quota', read({}), skipped('SES does not say')],
    [
      'ses-quota',
      read({ SendQuota: { Max24HourSend: -1, SentLast24Hours: 1e6 } }),
      ok('no limit; 1,000,000 sent in 24 hours'),
    ],
    [
      'ses-quota',
      read({ SendQuota: { Max24HourSend: 1000, SentLast24Hours: 799 } }),
      ok('799 of 1,000 in 24 hours (79%)'),
    ],
    [
      'ses-quota',
      read({ SendQuota: { Max24HourSend: 1000, SentLast24Hours: 800 } }),
      warn('800 of 1,000 in 24 hours (80%)', more('Sending quota')),
    ],
    [
      'ses-quota',
      read({ SendQuota: { Max24HourSend: 1000, SentLast24Hours: 1000 } }),
      fail('1,000 of 1,000 in 24 hours (100%)', more('Sending quota')),
    ],
    [
      'ses-rate',
      read({ SendQuota: { MaxSendRate: 1, SentLast24Hours: 0 } }),
      warn('1 a second: 10,000 mails take 3 hours; the last 24 hours used 0% of it', more('Sending rate')),
    ],
    [
      'ses-rate',
      read({ SendQuota: { MaxSendRate: 10, SentLast24Hours: 431_999 } }),
      ok('10 a second: 10,000 mails take 17 minutes; the last 24 hours used 50% of it'),
    ],
    [
      'ses-rate',
      read({ SendQuota: { MaxSendRate: 10, SentLast24Hours: 432_000 } }),
      warn(
        '10 a second: 10,000 mails take 17 minutes; the last 24 hours used 50% of it',
        more('Sending rate'),
      ),
    ],
    ['ses-plan', read({}), skipped('unknown: SES does not say')],
    ['ses-plan', read({ PricingAttributes: { CurrentPlan: 'PRO' } }), ok('PRO')],
    [
      'ses-plan',
      read({ PricingAttributes: { CurrentPlan: 'ESSENTIALS', NextPlan: 'NONE' } }),
      ok('ESSENTIALS; NONE from next month'),
    ],
    [
      'ses-plan',
      read({ PricingAttributes: { CurrentPlan: 'ESSENTIALS' } }),
      warn(
        'ESSENTIALS, which new accounts start on',
        `If nobody needs what it includes, pay for mails alone (compare aws.amazon.com/ses/pricing first):\naws sesv2 put-account-pricing-attributes --plan NONE ${region}`,
      ),
    ],
    [
      'ses-suppression',
      read({ SuppressionAttributes: { SuppressedReasons: ['BOUNCE'] } }),
      warn(
        'not after complaints',
        `aws sesv2 put-account-suppression-attributes --suppressed-reasons BOUNCE COMPLAINT ${region}`,
      ),
    ],
    ['ses-quota', dark, warn('not known', 'again')],
  ]
  test.each(cases)('%s %j', (id, account, verdict, scene = prod) => {
    expect(said(sesChecks(scene, account), id)).toEqual(verdict)
  })
})

describe('the configuration set', () => {
  const bus = { EventBusArn: 'arn:aws:events:eu-west-1:1:event-bus/default' }
  const checks = (
    more: Partial<Parameters<typeof configurationSetChecks>[2]>,
    account: Parameters<typeof sesChecks>[1] = dark,
  ) =>
    configurationSetChecks(prod, account, {
      name: read('mail'),
      set: read({}),
      destinations: read([]),
      ...more,
    })

  test('is there and sends', () => {
    expect(said(checks({}), 'configuration-set')).toEqual(ok('mail, sending enabled'))
    expect(said(checks({ set: absent }), 'configuration-set')).toEqual(
      fail('there is no set mail', 'npx sst deploy --stage prod'),
    )
    expect(
      said(checks({ set: read({ SendingOptions: { SendingEnabled: false } }) }), 'configuration-set'),
    ).toEqual(
      fail(
        'mail: sending is switched off',
        `aws sesv2 put-configuration-set-sending-options --configuration-set-name mail --sending-enabled ${region}`,
      ),
    )
  })

  test('holds back bounced addresses, by itself or by the account', () => {
    const both = read({
      SuppressionAttributes: { SuppressedReasons: ['BOUNCE' as const, 'COMPLAINT' as const] },
    })
    const off = read({ SuppressionOptions: { SuppressedReasons: [] } })
    expect(said(checks({}, both), 'configuration-set-suppression')).toEqual(
      ok('after bounces and complaints, as the account'),
    )
    expect(said(checks({ set: off }, both), 'configuration-set-suppression')).toEqual(
      warn(
        'neither after bounces nor after complaints',
        `aws sesv2 put-configuration-set-suppression-options --configuration-set-name mail --suppressed-reasons BOUNCE COMPLAINT ${region}`,
      ),
    )
    expect(said(checks({}), 'configuration-set-suppression')).toEqual(
      skipped('as the account, which could not be read'),
    )
  })

  test('tells what happens to mails', () => {
    const of = (
      types: ('SEND' | 'BOUNCE' | 'COMPLAINT' | 'REJECT' | 'RENDERING_FAILURE')[],
      more: object = {},
    ) =>
      said(
        checks({
          destinations: read([
            { Name: 'x', MatchingEventTypes: types, EventBridgeDestination: bus, ...more },
          ]),
        }),
        'configuration-set-events',
      )
    const edit = 'SES console → Configuration sets → Event destinations → Edit: add'
    expect(of(['SEND', 'BOUNCE', 'COMPLAINT', 'REJECT', 'RENDERING_FAILURE']).status).toBe('ok')
    expect(of(['BOUNCE', 'COMPLAINT', 'REJECT', 'RENDERING_FAILURE'])).toEqual(
      warn('EventBridge is not told of SEND', `${edit} SEND`),
    )
    expect(of(['SEND', 'COMPLAINT'])).toEqual(
      fail(
        'EventBridge is not told of BOUNCE, REJECT, RENDERING_FAILURE',
        `${edit} BOUNCE, REJECT, RENDERING_FAILURE`,
      ),
    )
    expect(of(['BOUNCE'], { Enabled: false })).toMatchObject({
      status: 'fail',
      seen: 'the destination in EventBridge is switched off',
    })
    expect(of(['BOUNCE'], { EventBridgeDestination: undefined, SnsDestination: { TopicArn: 'x' } })).toEqual(
      fail('no destination in EventBridge', 'npx sst deploy --stage prod'),
    )
  })
})

const verified = {
  VerifiedForSendingStatus: true,
  DkimAttributes: { SigningEnabled: true, Status: 'SUCCESS', Tokens: ['aaa'] },
  MailFromAttributes: {
    MailFromDomain: 'bounce.lume.example',
    MailFromDomainStatus: 'SUCCESS',
    BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
  },
} as const

describe('the sender', () => {
  const sender = (more: Partial<Sender> = {}): Sender => ({
    name: read('lume.example'),
    toBeMade: false,
    identity: read({ ...verified, DkimAttributes: { ...verified.DkimAttributes, Tokens: ['aaa'] } }),
    spf: read(['v=spf1 include:amazonses.com ~all']),
    dmarc: read({ at: '_dmarc.lume.example', records: ['v=DMARC1; p=reject'] }),
    missingDkim: absent,
    ...more,
  })
  const identity = (more: object) =>
    sender({ identity: read({ ...verified, ...more, DkimAttributes: undefined, ...more }) })
  const cname = 'Publish in DNS:\nCNAME aaa._domainkey.lume.example aaa.dkim.amazonses.com'

  const cases: [string, string, Sender, Verdict, Scene?][] = [
    ['identity', 'verified', sender(), ok('lume.example is verified')],
    [
      'identity',
      'unknown',
      sender({ identity: absent }),
      fail(
        'SES does not know lume.example in eu-west-1',
        `aws sesv2 create-email-identity --email-identity lume.example ${region}`,
      ),
    ],
    [
      'identity',
      'pending',
      identity({
        VerifiedForSendingStatus: false,
        VerificationStatus: 'TEMPORARY_FAILURE',
        VerificationInfo: { ErrorType: 'HOST_NOT_FOUND' },
        DkimAttributes: { Tokens: ['aaa'] },
      }),
      fail('lume.example is not verified: temporary failure (host not found)', cname),
    ],
    [
      'identity',
      'an address',
      { ...identity({ VerifiedForSendingStatus: false }), name: read('anna@lume.example') },
      warn(
        'anna@lume.example is not verified: not verified',
        'Click the link in the mail that SES sent to anna@lume.example.',
      ),
      dev,
    ],
    ['dkim', 'found', sender(), ok('signed, records found (aaa)')],
    [
      'dkim',
      'of an unknown identity',
      sender({ identity: absent }),
      skipped('SES does not know lume.example in eu-west-1'),
    ],
    [
      'dkim',
      'switched off',
      identity({ DkimAttributes: { SigningEnabled: false, Status: 'SUCCESS' } }),
      fail(
        'the records are found, but signing is switched off',
        `aws sesv2 put-email-identity-dkim-attributes --email-identity lume.example --signing-enabled ${region}`,
      ),
    ],
    [
      'dkim',
      'not published',
      {
        ...identity({
          DkimAttributes: {
            SigningEnabled: true,
            Status: 'PENDING',
            Tokens: ['aaa'],
            SigningHostedZone: 'x.dkim.example',
          },
        }),
        missingDkim: read(['aaa._domainkey.lume.example']),
      },
      fail(
        'pending (aaa); DNS knows 0 of 1 records',
        'Publish in DNS:\nCNAME aaa._domainkey.lume.example aaa.x.dkim.example',
      ),
    ],
    [
      'dkim',
      'published, not yet seen',
      { ...identity({ DkimAttributes: { Status: 'PENDING', Tokens: ['aaa'] } }), missingDkim: read([]) },
      fail('pending (aaa); DNS knows 1 of 1 records', 'Wait: SES looks again for up to 72 hours.'),
    ],
    [
      'dkim',
      'a key of one’s own',
      identity({
        DkimAttributes: { Status: 'FAILED', Tokens: ['sel'], SigningAttributesOrigin: 'EXTERNAL' },
      }),
      fail('failed (sel)', 'SES console → Identities → Authentication → DKIM'),
    ],
    [
      'dkim',
      'an address alone',
      { ...identity({}), name: read('anna@lume.example') },
      fail(
        'not signed: anna@lume.example is verified as an address, without its domain',
        `aws sesv2 create-email-identity --email-identity lume.example ${region}`,
      ),
    ],
    ['mail-from', 'own', sender(), ok('bounce.lume.example')],
    [
      'mail-from',
      'none',
      identity({ MailFromAttributes: undefined }),
      warn(
        'none of your own: SES uses amazonses.com',
        `aws sesv2 put-email-identity-mail-from-attributes --email-identity lume.example --mail-from-domain mail.lume.example --behavior-on-mx-failure USE_DEFAULT_VALUE ${region}`,
      ),
    ],
    [
      'mail-from',
      'not found',
      identity({ MailFromAttributes: { ...verified.MailFromAttributes, MailFromDomainStatus: 'FAILED' } }),
      warn(
        'bounce.lume.example: failed; until it is found SES uses amazonses.com',
        'Publish in DNS:\nMX bounce.lume.example 10 feedback-smtp.eu-west-1.amazonses.com\nTXT bounce.lume.example "v=spf1 include:amazonses.com ~all"',
      ),
    ],
    [
      'mail-from',
      'not found, and insisted on',
      identity({
        MailFromAttributes: {
          ...verified.MailFromAttributes,
          MailFromDomainStatus: 'PENDING',
          BehaviorOnMxFailure: 'REJECT_MESSAGE',
        },
      }),
      fail(
        'bounce.lume.example: pending, and SES refuses mails until it is found',
        'Publish in DNS:\nMX bounce.lume.example 10 feedback-smtp.eu-west-1.amazonses.com\nTXT bounce.lume.example "v=spf1 include:amazonses.com ~all"',
      ),
    ],
  ]
  test.each(cases)('%s: %s', (id, _, given, verdict, scene = prod) => {
    expect(said(senderChecks(scene, given), id)).toEqual(verdict)
  })

  const good = 'TXT bounce.lume.example "v=spf1 include:amazonses.com ~all"'
  test.each<[string[], Verdict]>([
    [['v=spf1 include:amazonses.com -all'], ok('"v=spf1 include:amazonses.com -all"')],
    [['V=SPF1 +Include:AmazonSES.com ~ALL'], ok('"V=SPF1 +Include:AmazonSES.com ~ALL"')],
    [[], fail('no record at bounce.lume.example', good)],
    [
      ['v=spf1 -all', 'v=spf1 include:amazonses.com -all'],
      fail('2 records at bounce.lume.example: receivers take none of them', `Make one of them:\n${good}`),
    ],
    [
      ['v=spf1 include:amazonses.com +all'],
      fail('"v=spf1 include:amazonses.com +all" lets anybody send for bounce.lume.example', good),
    ],
    [
      ['v=spf1 mx -all'],
      fail(
        '"v=spf1 mx -all" does not let SES send',
        'Add include:amazonses.com to the record of bounce.lume.example',
      ),
    ],
    [
      ['v=spf1 include:notamazonses.com redirect=spf.lume.example'],
      warn(
        '"v=spf1 include:notamazonses.com redirect=spf.lume.example" leads elsewhere, which was not followed',
        'Add include:amazonses.com to the record of bounce.lume.example',
      ),
    ],
    [
      ['v=spf1 include:amazonses.com ?all'],
      warn('"v=spf1 include:amazonses.com ?all" says nothing about other senders', good),
    ],
  ])('SPF %j', (records, verdict) => {
    expect(said(senderChecks(prod, sender({ spf: read(records) })), 'spf')).toEqual(verdict)
  })

  const at = '_dmarc.lume.example'
  const none = { ...verified, DkimAttributes: { Status: 'PENDING' as const }, MailFromAttributes: undefined }
  const spfOnly = { ...verified, DkimAttributes: { Status: 'PENDING' as const } }
  test.each<[string, { at: string; records: string[] } | undefined, Sender['identity'], Verdict]>([
    [
      'strict',
      { at, records: ['v=DMARC1;p=reject'] },
      sender().identity,
      ok('p=reject, aligned by DKIM and SPF'),
    ],
    [
      'missing',
      undefined,
      sender().identity,
      fail(
        'no record at _dmarc.lume.example nor above',
        'Publish, and tighten to p=quarantine once the reports show nothing unexpected:\nTXT _dmarc.lume.example "v=DMARC1; p=none; rua=mailto:dmarc@lume.example"',
      ),
    ],
    [
      'only watching',
      { at, records: ['v=DMARC1; p=none; rua=mailto:a@b.example'] },
      sender().identity,
      warn(
        'p=none, aligned by DKIM and SPF: forged mail is delivered all the same',
        `When the reports show nothing unexpected:\nTXT ${at} "v=DMARC1; p=quarantine; rua=mailto:a@b.example"`,
      ),
    ],
    [
      'several',
      { at, records: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] },
      sender().identity,
      fail(`2 records at ${at}: receivers take none of them`, `Leave one TXT record at ${at}.`),
    ],
    [
      'without a policy',
      { at, records: ['v=DMARC1; p=rejct'] },
      sender().identity,
      fail(
        `"v=DMARC1; p=rejct" at ${at} has no policy that receivers know`,
        `TXT ${at} "v=DMARC1; p=quarantine; rua=mailto:dmarc@lume.example"`,
      ),
    ],
    [
      'from above, with a policy for those below',
      { at: '_dmarc.example', records: ['v=DMARC1; p=none; sp=reject'] },
      sender().identity,
      ok('p=reject (from _dmarc.example), aligned by DKIM and SPF'),
    ],
    [
      'SPF held to the letter',
      { at, records: ['v=DMARC1; p=reject; aspf=s'] },
      sender().identity,
      ok('p=reject, aligned by DKIM'),
    ],
    [
      'nothing aligned',
      { at, records: ['v=DMARC1; p=none'] },
      read(none),
      fail(
        'p=none, and nothing aligned: every mail fails DMARC',
        'Let DKIM be found for the domain (see DKIM), or verify a MAIL FROM domain.',
      ),
    ],
    [
      'by SPF alone',
      { at, records: ['v=DMARC1; p=reject'] },
      read(spfOnly),
      warn(
        'p=reject, aligned by SPF alone, which breaks when a mail is forwarded',
        'Let DKIM be found for the domain (see DKIM).',
      ),
    ],
    [
      'for some',
      { at, records: ['v=DMARC1; p=reject; pct=20'] },
      sender().identity,
      warn(
        'p=reject, aligned by DKIM and SPF, for 20% of the mails',
        `Take pct=20 out of the record at ${at}.`,
      ),
    ],
    ['with an identity in the dark', { at, records: ['v=DMARC1; p=reject'] }, dark, ok('p=reject')],
  ])('DMARC %s', (_, found, identityRead, verdict) => {
    const dmarc: Sender['dmarc'] = found ? read(found) : absent
    expect(said(senderChecks(prod, sender({ dmarc, identity: identityRead })), 'dmarc')).toEqual(verdict)
  })

  test('whatever stands in DNS is judged and never breaks the doctor', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('v=spf1', 'v=DMARC1', ';', ' ', '=', 'p', 'pct', 'all', '+', 'include:', '\0'))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), (records) => {
        const found = senderChecks(prod, sender({ spf: read(records), dmarc: read({ at, records }) }))
        expect(found.map(({ id }) => id)).toEqual(['identity', 'dkim', 'mail-from', 'spf', 'dmarc'])
      }),
      { numRuns: 200 },
    )
  })
})

describe('DNS', () => {
  const gone = (code: string) => Promise.reject(Object.assign(new Error(code), { code }))
  const dns = (records: { [name: string]: string[][] | string }, asked: string[] = []) => {
    const resolveTxt = (name: string) => {
      asked.push(name)
      const found = Object.hasOwn(records, name) ? records[name] : undefined
      return Array.isArray(found) ? Promise.resolve(found) : gone(found ?? 'ENODATA')
    }
    return { resolveTxt, resolveCname: async (name: string) => (await resolveTxt(name)).flat() }
  }

  test('SPF is put together from pieces and told from other texts', async () => {
    const records = { 'a.example': [['v=spf1 ', '-all'], ['v=spf10 x'], ['google-site=1'], ['V=SPF1']] }
    expect(await spfOf('a.example', dns(records))).toEqual(read(['v=spf1 -all', 'V=SPF1']))
    expect(await spfOf('b.example', dns(records))).toEqual(read([]))
  })

  test('DMARC is looked for above, but not at the top', async () => {
    const asked: string[] = []
    const records = { '_dmarc.lume.example': [['v=DMARC1; p=none'], ['x']] }
    expect(await dmarcOf('care.mail.lume.example', dns(records, asked))).toEqual(
      read({ at: '_dmarc.lume.example', records: ['v=DMARC1; p=none'] }),
    )
    expect(asked).toEqual([
      '_dmarc.care.mail.lume.example',
      '_dmarc.mail.lume.example',
      '_dmarc.lume.example',
    ])
    asked.length = 0
    expect(await dmarcOf('other.example', dns(records, asked))).toEqual(absent)
    expect(asked).toEqual(['_dmarc.other.example'])
    asked.length = 0
    await dmarcOf(`${'a.'.repeat(50)}example`, dns({}, asked))
    expect(asked).toHaveLength(7)
  })

  test('a DNS that does not answer is not a DNS that says no', async () => {
    expect(await dmarcOf('lume.example', dns({ '_dmarc.lume.example': 'ESERVFAIL' }))).toEqual({
      kind: 'unread',
      seen: 'not known: DNS does not answer for _dmarc.lume.example (ESERVFAIL)',
      todo: 'Ask again, or by hand: dig +short TXT _dmarc.lume.example',
    })
    expect(await spfOf('lume.example', dns({ 'lume.example': 'ETIMEOUT' }))).toMatchObject({ kind: 'unread' })
  })

  test('DKIM records that are missing or lead elsewhere are lost', async () => {
    const records = { a: [['A.dkim.example.']], b: [['elsewhere.example']] }
    const wanted = ['a', 'b', 'c'].map((name) => ({ name, target: `${name}.dkim.example` }))
    expect(await lostRecords(wanted, dns(records))).toEqual(read(['b', 'c']))
  })

  test.each([
    ['lume.example', 'lume.example'],
    ['Anna@Lume.Example', 'lume.example'],
  ])('the domain of %s', (name, domain) => {
    expect(domainOf(name)).toBe(domain)
  })
})
