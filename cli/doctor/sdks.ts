/** The AWS SDK, loaded when it is needed and not before: the other commands start without it. */
import { Unreachable } from '../command.ts'

/** Patience for one try; the SDK tries again by itself. */
const requestTimeout = 10_000
const connectionTimeout = 3_000

async function modules() {
  // The SDK says at every start that Node 20 is old.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const [cloudformation, dynamodb, quotas, scheduler, ses, sqs, ssm, sts] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/client-service-quotas'),
    import('@aws-sdk/client-scheduler'),
    import('@aws-sdk/client-sesv2'),
    import('@aws-sdk/client-sqs'),
    import('@aws-sdk/client-ssm'),
    import('@aws-sdk/client-sts'),
  ])
  return { cloudformation, dynamodb, quotas, scheduler, ses, sqs, ssm, sts }
}

export type Sdks = Awaited<ReturnType<typeof modules>>

export async function loadSdks(): Promise<Sdks> {
  try {
    return await modules()
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && /MODULE_NOT_FOUND$/.test(String(error.code))
    if (!missing) throw error
    throw new Unreachable(
      'The doctor needs packages of the AWS SDK that are not installed.',
      'npm install (without --omit=dev)',
    )
  }
}

/** What all clients share. Endpoint and credentials are found by the SDK, `AWS_ENDPOINT_URL` and profiles included. */
export const clientSettings = (region: string | undefined) => ({
  ...(region !== undefined && { region }),
  requestHandler: {
    connectionTimeout,
    requestTimeout,
    throwOnRequestTimeout: true,
    socketTimeout: requestTimeout,
  },
})

export type ClientSettings = ReturnType<typeof clientSettings>
