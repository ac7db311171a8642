/** Builds the SDK clients, one service per function, so that a bundle carries only what it calls. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SESv2Client } from '@aws-sdk/client-sesv2'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'

// The SDK says at every start that Node 20 is old. Whoever runs on 20 knows; stdout is for what matters.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

type HandlerInput = NonNullable<DynamoDBClientConfig['requestHandler']>
/** Answers the SDK's requests: over the network, or (the embedded cloud) in this process. */
export type HttpHandler = Extract<HandlerInput, { updateHttpClientConfig: unknown }>
/** What the embedded cloud serves, too. */
export type ServiceName = 'dynamodb' | 'sqs' | 'scheduler' | 'sesv2' | 'sms-voice' | 'social-messaging'

/** Answers a command (`PutItem`) from its input to its output; undefined: it has to go out as a request. */
export type DirectAnswer = (operation: string, input: object) => Promise<object> | undefined

export interface ClientOptions {
  /** Answers in this process. Requests are not signed then: nobody checks, and a signature costs 100 µs. */
  handler?: (service: ServiceName) => HttpHandler
  /** Asked before a request is made of a command: writing and reading requests costs more than most answers. */
  direct?: (service: ServiceName) => DirectAnswer
  /** Without it the SDK reads `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`, else it asks AWS. */
  endpoint?: string
  /** Without it the SDK reads `AWS_REGION`. */
  region?: string
  /** How often the SDK tries by itself, pausing in between; its own default unless set. Mails and texts: once, whatever it says. */
  maxAttempts?: number
}

/** Time for one try; the SDK tries again by itself, except for mails and texts. */
const requestTimeoutMs = {
  dynamodb: 3_000,
  sqs: 5_000,
  scheduler: 5_000,
  sesv2: 10_000,
  'sms-voice': 10_000,
  'social-messaging': 10_000,
  ssm: 5_000,
}

export function dynamodbClient(options: ClientOptions = {}): DynamoDBClient {
  return lean(new DynamoDBClient(settings('dynamodb', options)), 'dynamodb', options)
}

export function sqsClient(options: ClientOptions = {}): SQSClient {
  const inProcess = options.handler !== undefined
  const client = new SQSClient({
    ...settings('sqs', options),
    // The endpoint decides, also when it is named by AWS_ENDPOINT_URL; a queue's URL is only its name then.
    useQueueUrlAsEndpoint: false,
    ...(inProcess && { md5: false }),
  })
  return lean(client, 'sqs', options)
}

export function schedulerClient(options: ClientOptions = {}): SchedulerClient {
  return lean(new SchedulerClient(settings('scheduler', options)), 'scheduler', options)
}

/** One try only: a second one may be a second mail. */
export function sesClient(options: ClientOptions = {}): SESv2Client {
  return lean(new SESv2Client({ ...settings('sesv2', options), maxAttempts: 1 }), 'sesv2', options)
}

/** Asked at the cold start only, and always over the network: the embedded default keeps its secret in a file. */
export function ssmClient(options: ClientOptions = {}): SSMClient {
  return new SSMClient(overTheNetwork('ssm', options))
}

/** What tells AWS who is asking, and writes logs that nobody reads: a quarter of a call that never leaves the process. */
const FOR_THE_NETWORK = [
  'loggerMiddleware',
  'getUserAgentMiddleware',
  'recursionDetectionMiddleware',
  'hostHeaderMiddleware',
]

/** What is asked of the middleware of any client. */
interface Leanable {
  middlewareStack: {
    remove(name: string): boolean
    add(middleware: Direct, options: { step: 'initialize'; priority: 'high'; name: string }): void
  }
}

type Handler = (args: { input: object }) => Promise<{ output: object; response: unknown }>
type Direct = (next: Handler, context: { commandName?: string }) => Handler

export function lean<C extends Leanable>(
  client: C,
  service: ServiceName,
  { handler, direct }: ClientOptions,
): C {
  if (handler) for (const name of FOR_THE_NETWORK) client.middlewareStack.remove(name)
  if (direct) {
    const answer = direct(service)
    // First of all: what it answers never becomes a request, and nothing behind it runs.
    client.middlewareStack.add(
      (next, { commandName = '' }) => {
        const operation = commandName.replace(/Command$/, '')
        return async (args) => {
          const answered = answer(operation, args.input)
          return answered ? { output: await answered, response: undefined } : next(args)
        }
      },
      { step: 'initialize', priority: 'high', name: 'answerDirectly' },
    )
  }
  return client
}

export function settings(service: ServiceName, options: ClientOptions) {
  // Nothing changes a client's middleware after it was built, so that it is put together once and not for every call.
  const shared = {
    cacheMiddleware: true,
    ...(options.maxAttempts !== undefined && { maxAttempts: options.maxAttempts }),
  }
  if (options.handler) {
    return {
      ...shared,
      region: options.region ?? 'us-east-1',
      endpoint: 'http://embedded.invalid',
      requestHandler: options.handler(service),
      credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
      httpAuthSchemes: [unsigned],
    }
  }
  return { ...shared, ...overTheNetwork(service, options) }
}

function overTheNetwork(service: ServiceName | 'ssm', options: ClientOptions) {
  const requestTimeout = requestTimeoutMs[service]
  return {
    ...(options.region !== undefined && { region: options.region }),
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout,
      throwOnRequestTimeout: true,
      socketTimeout: requestTimeout,
      httpAgent: { keepAlive: true, maxSockets: 100 },
      httpsAgent: { keepAlive: true, maxSockets: 100 },
    },
  }
}

type AuthScheme = NonNullable<DynamoDBClientConfig['httpAuthSchemes']>[number]

const unsigned: AuthScheme = {
  schemeId: 'aws.auth#sigv4',
  identityProvider: () => async () => ({}),
  signer: { sign: async (request) => request },
}
