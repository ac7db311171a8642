/** SSM as far as functions ask it: parameters in memory, over loopback. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

const asked = z.object({ Name: z.string(), Value: z.string().optional(), Overwrite: z.boolean().optional() })

export async function openParameters() {
  const values = new Map<string, string>()
  const calls: string[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += String(part)
    const call = String(request.headers['x-amz-target']).replace('AmazonSSM.', '')
    const { Name, Value, Overwrite } = asked.parse(JSON.parse(text))
    calls.push(`${call} ${Name}`)
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
    }
    const missing = !values.has(Name)
    if (call === 'PutParameter' && Value !== undefined) {
      if (!missing && !Overwrite) return answer(400, { __type: 'ParameterAlreadyExists' })
      values.set(Name, Value)
      return answer(200, { Version: 1 })
    }
    if (missing) return answer(400, { __type: 'ParameterNotFound' })
    if (call === 'GetParameter') return answer(200, { Parameter: { Name, Value: values.get(Name) } })
    values.delete(Name)
    return answer(200, {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port }: Partial<AddressInfo> = Object(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    values,
    calls,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
