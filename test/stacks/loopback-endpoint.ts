/** What `sst build` and a starting function ask of AWS, answered on loopback: an account that is ready for deployments. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json, stackXml, xmlError } from '../cli/loopback-aws.ts'

export const account = '111122223333'

/** The stacks that `cdk bootstrap` and SST leave behind, with the outputs by which SST 2.49.8 takes them for current. */
const bootstrapped: { [stack: string]: { [output: string]: string } } = {
  CDKToolkit: { BootstrapVersion: '14', BucketName: 'cdk-assets' },
  SSTBootstrap: { Version: '7.4', BucketName: 'sst-bootstrap' },
}

const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/ci</Arn><UserId>AIDA</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

export interface LoopbackEndpoint {
  url: string
  /** `sts:GetCallerIdentity eu-west-1`, in order. */
  asked: string[]
  close(): Promise<void>
}

export async function openEndpoint(): Promise<LoopbackEndpoint> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    let input = ''
    for await (const part of request) input += String(part)
    const call = callOf(request, input)
    asked.push(`${call} ${regionOf(request)}`)
    const { status, type, body } = answer(call)
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port }: Partial<AddressInfo> = Object(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** `cloudformation:DescribeStacks CDKToolkit`: what is asked, and about what. */
function callOf({ headers, method, url }: IncomingMessage, input: string): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return `${target} ${Object(JSON.parse(input)).Name}`
  const words = new URLSearchParams(input)
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)/.exec(headers.authorization ?? '')?.[1]
  const action = words.get('Action') ?? `${method} ${url}`
  return [`${service}:${action}`, words.get('StackName') ?? []].flat().join(' ')
}

const regionOf = ({ headers }: IncomingMessage) =>
  /Credential=[^/]+\/\d+\/([^/]+)/.exec(headers.authorization ?? '')?.[1]

function answer(call: string) {
  const [action, about = ''] = call.split(' ')
  if (action === 'sts:GetCallerIdentity') return { status: 200, type: 'text/xml', body: identity }
  if (action === 'AmazonSSM.GetParameter') return json({ Parameter: { Value: 'a-secret-of-'.repeat(4) } })
  const outputs = bootstrapped[about]
  if (action === 'cloudformation:DescribeStacks' && outputs)
    return stackXml(about, 'CREATE_COMPLETE', outputs)
  return xmlError('InvalidAction', `nobody answers ${call} here`)
}
