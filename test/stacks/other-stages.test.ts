/** A stage that is not production leaves nothing behind; what a deployment is told is heard, and what is wrong is said. */
import { beforeAll, describe, expect, test } from 'vitest'
import deployment from '../../premura.config.ts'
import { deployment as told, settingsOf } from '../../stacks/settings.ts'
import { type Synthesized, synthesize } from './synthesized.ts'

const all = {
  mail: {
    identity: 'mail.example.com',
    existing: false,
    hostedZone: { id: 'Z0MAIL', name: 'example.com' },
    track: ['open' as const],
    sandboxRecipients: ['me@example.org'],
  },
  api: { domain: { name: 'care.example.com', hostedZone: { id: 'Z0CARE', name: 'example.com' } } },
  web: { domain: { name: 'editor.example.com', hostedZone: { id: 'Z0CARE', name: 'example.com' } } },
  alarms: { email: 'ops@example.com' },
  people: { mfa: 'required' as const },
  storage: { table: 'restored-premura' },
  texts: {
    sms: { originationIdentityArn: 'arn:aws:sms-voice:eu-west-1:111122223333:sender-id/LUME/IT' },
    whatsapp: { phoneNumberIdArn: 'arn:aws:social-messaging:eu-west-1:111122223333:phone-number-id/0123' },
  },
}

let plain: Synthesized
let rich: Synthesized
beforeAll(async () => {
  plain = await synthesize('dev')
  rich = await synthesize('staging', {
    settings: settingsOf(told({ region: 'eu-west-1', all }), 'staging'),
    bundled: false,
  })
}, 240_000)

describe('a stage that is not production', () => {
  test('is removable without a trace', () => {
    const kept = plain.resources.filter(({ deletionPolicy }) => deletionPolicy?.startsWith('Retain'))
    expect(kept.map(({ id }) => id)).toEqual([])
    const table = plain.resources.find(({ type }) => type === 'AWS::DynamoDB::Table')
    expect(table?.properties).toMatchObject({
      DeletionProtectionEnabled: false,
      // A backup of it would stay for 35 days.
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    })
    // Production's, or somebody's by hand: taking this stage away must not take it away.
    expect(plain.resources.filter(({ type }) => type === 'AWS::SES::EmailIdentity')).toEqual([])
    const pool = plain.resources.find(({ type }) => type === 'AWS::Cognito::UserPool')
    expect(pool?.properties.DeletionProtection).not.toBe('ACTIVE')
  })

  test('empties its buckets, and takes its secrets along', () => {
    const buckets = plain.resources.filter(({ type }) => type === 'AWS::S3::Bucket')
    const emptied = plain.resources.filter(({ type }) => type === 'Custom::S3AutoDeleteObjects')
    expect(emptied).toHaveLength(buckets.length)
    const script = plain.resources.find(({ type }) => type === 'Custom::SSTScript')
    expect(script && plain.told(script.properties, script.stack)).toMatchObject({
      UserCreateFunction: '<Lambda::Function setup>',
      UserUpdateFunction: '<Lambda::Function setup>',
      UserDeleteFunction: '<Lambda::Function setupremove>',
    })
  })

  test('has no function whose log Lambda would make by itself and leave behind', () => {
    for (const { type, id, properties } of plain.resources) {
      if (type === 'AWS::Lambda::Function') expect(properties.LoggingConfig, id).toBeDefined()
      if (type === 'AWS::IAM::Role')
        expect(JSON.stringify(properties.Policies), id).toContain(
          '"Effect":"Deny","Action":"logs:CreateLogGroup"',
        )
    }
  })

  test('keeps its names apart from those of another stage', () => {
    const names = /(?:Queue|Function|Table|LogGroup|Alarm|Dashboard|Budget|UserPool|ConfigurationSet)Name$/
    for (const { id, properties } of plain.resources)
      for (const [key, value] of Object.entries(properties))
        if (names.test(key) && typeof value === 'string')
          expect(value, `${id}.${key}`).toMatch(/\bdev-premura\b/)
  })
})

describe('what a deployment is told', () => {
  test('who sends texts, and rights to send as these and as nobody else', () => {
    const { sms, whatsapp } = all.texts
    const [worker] = rich.resources.filter(
      ({ type, id }) => type === 'AWS::Lambda::Function' && id.startsWith('worker'),
    )
    expect(Object(worker?.properties.Environment).Variables).toMatchObject({
      PREMURA_SMS_ORIGINATION: sms.originationIdentityArn,
      PREMURA_SMS_PARTS_PER_SECOND: '1',
      PREMURA_WHATSAPP_NUMBER_ID: 'phone-number-id-0123',
      PREMURA_WHATSAPP_PER_SECOND: '80',
    })
    const told = Object(rich.told(worker?.properties.Environment, 'Engine')).Variables
    expect(told.PREMURA_SMS_CONFIGURATION_SET).toBe('staging-premura-sms')
    const statements = (of: Synthesized) =>
      of.resources
        .filter(({ type }) => type === 'AWS::IAM::Policy')
        .flatMap(({ properties }) => Object(properties.PolicyDocument).Statement)
        .filter(({ Action }) => /sms-voice|social-messaging/.test(JSON.stringify(Action)))
        .map(({ Action, Resource }) => [Action, Resource])
    const set = rich.resources.find(({ type }) => type === 'AWS::SMSVOICE::ConfigurationSet')
    expect(set?.properties.ConfigurationSetName).toBe('staging-premura-sms')
    expect(statements(rich)).toMatchObject([
      [
        'sms-voice:SendTextMessage',
        [
          sms.originationIdentityArn,
          {
            'Fn::Join': [
              '',
              expect.arrayContaining([expect.stringContaining(':configuration-set/staging-premura-sms')]),
            ],
          },
        ],
      ],
      ['social-messaging:SendWhatsAppMessage', whatsapp.phoneNumberIdArn],
    ])
    expect(statements(plain)).toEqual([])
  })

  test('what is said of SMS goes by a topic, which nobody else may fill, to the function that reads reports', () => {
    const one = (type: string) =>
      rich.resources.filter((resource) => resource.type === type && resource.stack === 'Engine')
    const [set] = one('AWS::SMSVOICE::ConfigurationSet')
    expect(set?.properties.EventDestinations).toMatchObject([
      {
        Enabled: true,
        MatchingEventTypes: ['TEXT_ALL'],
        SnsDestination: { TopicArn: { Ref: one('AWS::SNS::Topic')[0]?.id } },
      },
    ])
    const { Statement } = Object(one('AWS::SNS::TopicPolicy')[0]?.properties.PolicyDocument)
    expect(Statement).toMatchObject([
      { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Principal: { Service: 'sms-voice.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: {
          StringEquals: { 'aws:SourceAccount': expect.anything() },
          ArnLike: { 'aws:SourceArn': expect.anything() },
        },
      },
    ])
    const [subscription] = one('AWS::SNS::Subscription')
    expect(rich.told(subscription?.properties.Endpoint, 'Engine')).toBe('<Lambda::Function feedback.Arn>')
    expect(subscription?.properties.RedrivePolicy).toBeDefined()
    expect(
      plain.resources
        .filter(({ type }) => /SMSVOICE|SNS::Subscription/.test(type))
        .filter(({ stack }) => stack === 'Engine'),
    ).toEqual([])
  })

  const of = (type: string) => {
    const found = rich.resources.find((one) => one.type === `AWS::${type}`)
    if (!found) throw new Error(`no ${type}`)
    return Object(rich.told(found.properties, found.stack))
  }

  test('a domain of one’s own is the one in links', () => {
    const worker = rich.resources.find(
      ({ properties }) => properties.FunctionName === 'staging-premura-worker',
    )
    const { Variables } = Object(rich.told(worker?.properties, 'Engine')).Environment
    expect(Variables.PREMURA_PUBLIC_URL).toBe('https://care.example.com')
    expect(of('ApiGatewayV2::DomainName').DomainName).toBe('care.example.com')
    expect(of('CloudFront::Distribution').DistributionConfig).toMatchObject({
      Aliases: ['editor.example.com'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' },
    })
  })

  test('a zone for mails gets DKIM, MX and SPF', () => {
    const records = rich.resources
      .filter(({ type, stack }) => type === 'AWS::Route53::RecordSet' && stack === 'Messaging')
      .map(({ properties }) => Object(rich.told(properties, 'Messaging')))
    expect(records.filter(({ Type }) => Type === 'CNAME')).toHaveLength(3)
    expect(records.find(({ Type }) => Type === 'MX')).toMatchObject({
      Name: 'bounce.mail.example.com.',
      ResourceRecords: ['10 feedback-smtp.eu-west-1.amazonses.com'],
    })
    expect(records.find(({ Type }) => Type === 'TXT').ResourceRecords).toEqual([
      '"v=spf1 include:amazonses.com ~all"',
    ])
  })

  test('what is to be tracked is asked for, and whom the sandbox may reach is named', () => {
    expect(of('SES::ConfigurationSetEventDestination').EventDestination.MatchingEventTypes).toContain('open')
    const rights = JSON.stringify(
      rich.resources
        .filter(({ type, id }) => type === 'AWS::IAM::Policy' && id.startsWith('worker'))
        .map(({ properties }) => rich.told(properties, 'Engine')),
    )
    expect(rights).toContain('identity/me@example.org')
  })

  test('a restored table is used, and none of its own is made', () => {
    expect(rich.resources.filter(({ type }) => type === 'AWS::DynamoDB::Table')).toEqual([])
    const worker = rich.resources.find(
      ({ properties }) => properties.FunctionName === 'staging-premura-worker',
    )
    expect(rich.told(worker?.properties, 'Engine')).toMatchObject({
      Environment: { Variables: { PREMURA_TABLE: 'restored-premura' } },
    })
  })

  test('somebody who is to be told is subscribed', () => {
    const mails = rich.resources.filter(({ properties }) => properties.Protocol === 'email')
    expect(mails.map(({ properties }) => properties.Endpoint)).toEqual(['ops@example.com'])
    expect(of('Budgets::Budget').NotificationsWithSubscribers).toHaveLength(2)
    expect(of('Cognito::UserPool').MfaConfiguration).toBe('ON')
  })
})

describe('settings', () => {
  test('of a stage are merged over those of all, group by group', () => {
    const settings = settingsOf(
      {
        region: 'x',
        all: { mail: { identity: 'a.example' }, alarms: { email: false } },
        stages: { prod: { mail: { existing: true } } },
      },
      'prod',
    )
    expect(settings).toMatchObject({ production: true, mail: { identity: 'a.example', existing: true } })
    expect(settingsOf(deployment, 'anna').production).toBe(false)
  })

  test.each([
    [{ mail: { identity: 'no domain' } }, 'mail.identity'],
    [{ mail: { identity: 'a.example' }, worker: { concurrency: 1 } }, 'worker.concurrency'],
    [{ mail: { identity: 'a.example' } }, 'alarms.email: production expects an address'],
    [{ mail: { identity: 'a.example' }, logDays: 31 }, 'logDays: expects one of CloudWatch’s spans'],
    [{ mail: { identity: 'a.example' }, alarms: { bounceRate: 4 } }, 'alarms.bounceRate'],
    [
      {
        mail: { identity: 'a.example' },
        api: { domain: { name: 'care.a.example', hostedZone: { id: 'a.example', name: 'a.example' } } },
      },
      'api.domain.hostedZone.id: expects the id of a hosted zone: Z0123456789ABC',
    ],
  ])('%j is refused with its place', (wrong, text) => {
    const refused = () => settingsOf(Object({ region: 'x', all: wrong }), 'prod')
    expect(refused).toThrow('premura.config.ts, stage "prod":')
    expect(refused).toThrow(text)
  })

  test('a word that no setting has is refused by its name', () => {
    expect(() =>
      settingsOf(Object({ region: 'x', all: { mail: { identity: 'a.example' }, wrker: {} } }), 'a'),
    ).toThrow('wrker')
  })
})
