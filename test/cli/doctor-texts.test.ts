/** What the doctor says of SMS and WhatsApp: each verdict by itself, and all of them read over loopback. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fail, ok, skipped, type Verdict, warn } from '../../cli/doctor/finding.ts'
import { intentOf } from '../../cli/doctor/intent.ts'
import { readTexts } from '../../cli/doctor/reading-texts.ts'
import { clientSettings } from '../../cli/doctor/sdks.ts'
import { textChecks, type Texts } from '../../cli/doctor/text-checks.ts'
import { home, json, jsonError, type LoopbackAws, loopbackAws } from './loopback-aws.ts'
import { absent, dark, dev, prod, read, region, said } from './verdicts.ts'

const arn = 'arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-1'

describe('the verdicts', () => {
  const sms = (more: Partial<NonNullable<Texts['sms']>> = {}): Texts => ({
    sms: {
      arn,
      partsPerSecond: 10,
      origination: read({ status: 'ACTIVE', selfManagedOptOuts: false, partsPerSecond: 10 }),
      tier: read('PRODUCTION'),
      spend: read(500),
      ...more,
    },
  })
  const whatsapp = (number: NonNullable<Texts['whatsapp']>['number']): Texts => ({
    whatsapp: { id: 'phone-number-id-1', number },
  })
  const limited = (partsPerSecond: number, set: number) =>
    sms({ partsPerSecond: set, origination: read({ status: 'ACTIVE', partsPerSecond }) })
  const raise = `Raise it: AWS Support Center → Service limit increase → SMS monthly spending; then aws pinpoint-sms-voice-v2 set-text-message-spend-limit-override --monthly-limit … ${region}`

  test.each<[string, Texts, Verdict]>([
    ['sms-identity', sms(), ok('phone-number/phone-1 is there')],
    [
      'sms-identity',
      sms({ origination: read({ status: 'PENDING' }) }),
      fail('phone-number/phone-1 is pending', 'AWS End User Messaging console → SMS → phone-number/phone-1'),
    ],
    [
      'sms-identity',
      sms({ origination: absent }),
      fail(
        'there is no phone-number/phone-1 in eu-west-1',
        'Request it (AWS End User Messaging console → SMS), or name another one in texts.sms.originationIdentityArn.',
      ),
    ],
    ['sms-identity', sms({ origination: dark }), warn('not known', 'again')],
    ['sms-sandbox', sms(), ok('out of the sandbox')],
    [
      'sms-sandbox',
      sms({ tier: read('SANDBOX') }),
      fail('in the sandbox', 'Ask to leave it: AWS Support Center → Service limit increase → SMS'),
    ],
    ['sms-spend', sms(), ok('at most 500 USD a month')],
    ['sms-spend', sms({ spend: read(1) }), fail('at most 1 USD a month', raise)],
    ['sms-spend', sms({ spend: absent }), skipped('AWS names no limit')],
    ['sms-rate', sms(), ok('10 parts a second are set, 10 allowed')],
    [
      'sms-rate',
      limited(3, 10),
      warn('10 parts a second are set, 3 allowed', 'Set texts.sms.partsPerSecond to 3, and deploy again.'),
    ],
    [
      'sms-rate',
      limited(100, 1),
      warn(
        '1 parts a second are set, 100 allowed',
        'Set texts.sms.partsPerSecond up to 100, and deploy again.',
      ),
    ],
    [
      'sms-rate',
      sms({ origination: read({ status: 'ACTIVE' }) }),
      skipped('10 parts a second are set; AWS does not say what it may send'),
    ],
    ['sms-opt-outs', sms(), ok('AWS keeps the list')],
    [
      'sms-opt-outs',
      sms({ origination: read({ status: 'ACTIVE', selfManagedOptOuts: true }) }),
      fail(
        'opt-outs are managed by yourself: nobody heeds a STOP',
        'Let AWS manage them: AWS End User Messaging console → SMS → phone-number/phone-1 → Opt-out list',
      ),
    ],
    [
      'whatsapp-number',
      whatsapp(read({ shown: '+39 02 123', quality: 'GREEN' })),
      ok('+39 02 123, quality green'),
    ],
    [
      'whatsapp-number',
      whatsapp(read({ shown: '+39 02 123', quality: 'RED' })),
      warn('+39 02 123 has the quality red', 'Send less, and only what people asked for.'),
    ],
    [
      'whatsapp-number',
      whatsapp(absent),
      fail(
        'there is no phone-number-id-1 in eu-west-1',
        'Link it (AWS End User Messaging console → Social messaging), or name another one in texts.whatsapp.phoneNumberIdArn.',
      ),
    ],
  ])('%s %j', (id, given, verdict) => {
    expect(said(textChecks(prod, given), id)).toEqual(verdict)
  })

  test('what stops production is a hint elsewhere, and nobody who sends no texts hears of them', () => {
    expect(said(textChecks(dev, sms({ spend: read(1) })), 'sms-spend').status).toBe('warn')
    expect(said(textChecks(dev, sms({ tier: read('SANDBOX') })), 'sms-sandbox').status).toBe('warn')
    expect(textChecks(prod, {})).toEqual([])
  })
})

describe('what is read', () => {
  const target = (operation: string) => `PinpointSMSVoiceV2.${operation}`
  const account = (aws: LoopbackAws) => {
    aws.on(target('DescribeAccountAttributes'), () =>
      json({ AccountAttributes: [{ Name: 'ACCOUNT_TIER', Value: 'PRODUCTION' }] }),
    )
    aws.on(target('DescribeSpendLimits'), () =>
      json({
        SpendLimits: [
          { Name: 'VOICE_MESSAGE_MONTHLY_SPEND_LIMIT', EnforcedLimit: 7, MaxLimit: 7, Overridden: false },
          { Name: 'TEXT_MESSAGE_MONTHLY_SPEND_LIMIT', EnforcedLimit: 50, MaxLimit: 90, Overridden: true },
        ],
      }),
    )
  }
  const settings = (aws: LoopbackAws) => ({
    ...clientSettings(home),
    endpoint: aws.url,
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  })
  const intent = (sms?: string, whatsapp?: string) => ({
    ...{ region: home, production: true, identity: undefined, existing: false },
    texts: {
      ...(sms !== undefined && { sms: { arn: sms, partsPerSecond: 1 } }),
      ...(whatsapp !== undefined && { whatsapp: { id: whatsapp } }),
    },
  })
  const base = 'arn:aws:sms-voice:eu-west-1:123456789012'

  test.each([
    [
      arn,
      'DescribePhoneNumbers',
      {
        PhoneNumbers: [
          { Status: 'ACTIVE', SelfManagedOptOutsEnabled: true, MessagingLimits: { RateLimits: { SMS: 3 } } },
        ],
      },
      { status: 'ACTIVE', selfManagedOptOuts: true, partsPerSecond: 3 },
      '{"PhoneNumberIds":["arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-1"]}',
    ],
    [
      `${base}:pool/pool-1`,
      'DescribePools',
      { Pools: [{ Status: 'CREATING', SelfManagedOptOutsEnabled: false }] },
      { status: 'CREATING', selfManagedOptOuts: false },
      '{"PoolIds":["arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-1"]}',
    ],
    [
      `${base}:sender-id/LUME/IT`,
      'DescribeSenderIds',
      { SenderIds: [{ SenderId: 'LUME', MessagingLimits: { RateLimits: { SMS: 20 } } }] },
      { partsPerSecond: 20 },
      '{"SenderIds":[{"SenderId":"LUME","IsoCountryCode":"IT"}]}',
    ],
  ])('of %s', async (identity, operation, answer, expected, asked) => {
    const aws = await loopbackAws()
    account(aws)
    const inputs: string[] = []
    aws.on(target(operation), (input) => {
      inputs.push(input)
      return json(answer)
    })
    const { sms, whatsapp } = await readTexts(intent(identity), settings(aws))
    expect(sms).toMatchObject({ origination: read(expected), tier: read('PRODUCTION'), spend: read(50) })
    expect(whatsapp).toBeUndefined()
    expect(inputs).toEqual([asked])
    expect(aws.unknown).toEqual([])
  })

  test('of an identity that is not there, and of an account that does not tell', async () => {
    const aws = await loopbackAws()
    aws.on(target('DescribePhoneNumbers'), () => jsonError('ResourceNotFoundException', 'none'))
    for (const name of ['DescribeAccountAttributes', 'DescribeSpendLimits'])
      aws.on(target(name), () => jsonError('AccessDeniedException', 'no', 400))
    const { sms } = await readTexts(intent(arn), settings(aws))
    expect(sms?.origination).toEqual(absent)
    expect([sms?.tier.kind, sms?.spend.kind]).toEqual(['unread', 'unread'])
  })

  test('of a WhatsApp number', async () => {
    const aws = await loopbackAws()
    const path = 'social-messaging:GET /v1/whatsapp/waba/phone/details?id=phone-number-id-1'
    aws.on(path, () => json({ phoneNumber: { displayPhoneNumber: '+39 02 123', qualityRating: 'GREEN' } }))
    const { whatsapp } = await readTexts(intent(undefined, 'phone-number-id-1'), settings(aws))
    expect(whatsapp?.number).toEqual(read({ shown: '+39 02 123', quality: 'GREEN' }))
    expect(aws.unknown).toEqual([])
  })
})

test('premura.config.ts says who sends, and a stage differs in what it names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'premura-doctor-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(
    join(folder, 'premura.config.ts'),
    `export default {
      all: {
        mail: { identity: 'lume.example' },
        texts: {
          sms: { originationIdentityArn: '${arn}' },
          whatsapp: { phoneNumberIdArn: 'arn:aws:social-messaging:eu-west-1:123456789012:phone-number-id/1' },
        },
      },
      stages: { beta: { texts: { sms: { originationIdentityArn: '${arn}2', partsPerSecond: 3 } } }, bare: {} },
    }`,
  )
  const whatsapp = { id: 'phone-number-id-1' }
  expect((await intentOf(folder, 'bare')).texts).toEqual({ sms: { arn, partsPerSecond: 1 }, whatsapp })
  expect((await intentOf(folder, 'beta')).texts).toEqual({
    sms: { arn: `${arn}2`, partsPerSecond: 3 },
    whatsapp,
  })
  expect((await intentOf(tmpdir(), 'bare')).texts).toEqual({})
})
