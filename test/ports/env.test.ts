/** A function that is deployed wrongly says so by name, before it does anything. */
import { expect, test } from 'vitest'
import { type EnvironmentVariables, readEnvironment, variablesOf } from '../../aws/env.ts'

const worker = {
  PREMURA_TABLE: 'premura',
  PREMURA_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/premura.fifo',
  PREMURA_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:1:premura.fifo',
  PREMURA_DLQ_ARN: 'arn:aws:sqs:eu-central-1:1:dead',
  PREMURA_SCHEDULE_GROUP: 'premura',
  PREMURA_SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/x',
  PREMURA_CONFIGURATION_SET: 'prod-premura',
  PREMURA_PUBLIC_URL: 'https://care.example.com/',
  PREMURA_LINK_SECRET_PARAMETER: '/premura/prod/link-secret',
  PREMURA_CLAIM_LEASE_MS: '120000',
  PREMURA_MAIL_SHARES: '4',
  PREMURA_IN_DOUBT_GRACE_MS: '3600000',
} satisfies EnvironmentVariables<'worker'>

test('numbers are numbers, and a URL ends without a slash', () => {
  expect(readEnvironment('worker', { ...worker, SOMETHING_ELSE: '1' })).toEqual({
    ...worker,
    PREMURA_PUBLIC_URL: 'https://care.example.com',
    PREMURA_CLAIM_LEASE_MS: 120_000,
    PREMURA_IN_DOUBT_GRACE_MS: 3_600_000,
    PREMURA_MAIL_SHARES: 4,
  })
})

test('a function reads what is its own, and misses nothing else', () => {
  const { PREMURA_TABLE, PREMURA_QUEUE_URL } = worker
  expect(readEnvironment('feedback', worker)).toEqual({ PREMURA_TABLE, PREMURA_QUEUE_URL })
})

const optional = [
  ...['PREMURA_SMS_ORIGINATION', 'PREMURA_WHATSAPP_NUMBER_ID'],
  ...['PREMURA_SMS_PARTS_PER_SECOND', 'PREMURA_WHATSAPP_PER_SECOND', 'PREMURA_SMS_CONFIGURATION_SET'],
]

test('what may be missing is there when it is set, and must be something then', () => {
  const sms = { PREMURA_SMS_ORIGINATION: 'arn:aws:sms-voice:eu-central-1:1:phone-number/x' }
  expect(readEnvironment('worker', { ...worker, ...sms })).toMatchObject(sms)
  expect(readEnvironment('worker', worker)).not.toHaveProperty('PREMURA_SMS_ORIGINATION')
  expect(() => readEnvironment('worker', { ...worker, PREMURA_SMS_ORIGINATION: '' })).toThrow(
    /PREMURA_SMS_ORIGINATION: /,
  )
})

const functions = ['api', 'worker', 'tick', 'sweep', 'feedback', 'setup'] as const

test.each(functions)('each variable that %s misses is named', (name) => {
  const all = variablesOf[name]
    .filter((variable) => !optional.includes(variable))
    .map((variable) => `${variable} is not set`)
    .join('; ')
  expect(() => readEnvironment(name, {})).toThrow(`environment of ${name}: ${all}`)
})

test('a wrong value is named and never shown', () => {
  const wrong = { ...worker, PREMURA_LINK_SECRET_PARAMETER: 'a secret itself', PREMURA_PUBLIC_URL: 'nowhere' }
  expect(() => readEnvironment('worker', wrong)).toThrow(/PREMURA_PUBLIC_URL.*PREMURA_LINK_SECRET_PARAMETER/)
  expect(() => readEnvironment('worker', wrong)).not.toThrow(/itself|nowhere/)
})
