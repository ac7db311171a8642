/** A function that is deployed wrongly says so by name, before it does anything. */
import { expect, test } from 'vitest'
import { type EnvironmentVariables, readEnvironment } from '../../aws/env.ts'

const complete = {
  PREMURA_TABLE: 'premura',
  PREMURA_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/premura.fifo',
  PREMURA_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:1:premura.fifo',
  PREMURA_DLQ_ARN: 'arn:aws:sqs:eu-central-1:1:dead',
  PREMURA_SCHEDULE_GROUP: 'premura',
  PREMURA_SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/x',
  PREMURA_PUBLIC_URL: 'https://care.example.com/',
  PREMURA_LINK_SECRET: 's'.repeat(43),
} satisfies EnvironmentVariables

test('what may be left out has a default', () => {
  expect(readEnvironment(complete)).toEqual({
    ...complete,
    PREMURA_PUBLIC_URL: 'https://care.example.com',
    PREMURA_CLAIM_LEASE_MS: 900_000,
    PREMURA_IN_DOUBT_GRACE_MS: 3_600_000,
  })
})

test('every variable that is missing is named', () => {
  const { PREMURA_TABLE: _, PREMURA_QUEUE_ARN: __, ...rest } = complete
  expect(() => readEnvironment(rest)).toThrow(/PREMURA_TABLE is not set.*PREMURA_QUEUE_ARN is not set/)
})

test('a wrong value is named, and a secret never shown', () => {
  const wrong = { ...complete, PREMURA_LINK_SECRET: 'tooshort', PREMURA_PUBLIC_URL: 'nowhere' }
  expect(() => readEnvironment(wrong)).toThrow(/PREMURA_LINK_SECRET/)
  expect(() => readEnvironment(wrong)).toThrow(/PREMURA_PUBLIC_URL/)
  expect(() => readEnvironment(wrong)).not.toThrow(/tooshort/)
})
