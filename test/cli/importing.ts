/** A deployment in memory, and a command line that imports into it. */
import type { Surroundings } from '../../cli/command.ts'
import { Api } from '../http/api.ts'
import { type Ran, shell, type Shell } from './shell.ts'

export interface Importing extends Shell {
  api: Api
  /** Customers of each request that was sent. */
  requests: { id: string }[][]
  /** Answers in the app’s place, while it answers something. */
  instead: { answer: (() => Promise<Response> | undefined) | undefined }
  /** Milliseconds that were slept. */
  slept: number[]
  profile(id: string): Promise<object>
}

export async function importing(
  files: { [path: string]: string | Uint8Array } = {},
  requestsPerSecond?: number,
): Promise<Importing> {
  const api = new Api()
  if (requestsPerSecond !== undefined) api.world.config.requestsPerSecond = requestsPerSecond
  const key = await api.key('customers:write')
  const local = await shell(files)
  const [requests, slept]: [Importing['requests'], number[]] = [[], []]
  const instead: Importing['instead'] = { answer: undefined }
  const around: Partial<Surroundings> = {
    env: { PREMURA_KEY: key },
    sleep: async (ms) => void slept.push(ms),
    fetch: async (input, init) => {
      const other = instead.answer?.()
      if (other) return await other
      if (typeof init?.body === 'string') requests.push(JSON.parse(init.body).customers)
      return await api.app.request(String(input), init)
    },
  }
  return {
    api,
    requests,
    instead,
    slept,
    ...local,
    run: (words, more): Promise<Ran> => local.run(words, { ...around, ...more }),
    profile: async (id) => (await api.get(`/v1/customers/${encodeURIComponent(id)}`)).json,
  }
}
