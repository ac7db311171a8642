/**
 * Runs with each deployment, once the table is there: makes the secret that signs links and the first admin key, unless
 * there are some. Their values go to SSM and nowhere else: no template, environment, answer or log holds them.
 */
import { readEnvironment } from '../aws/env.ts'
import { ssmClient } from '../aws/clients.ts'
import { dropSecret, keepSecret, readSecret } from '../aws/secrets.ts'
import { withTable } from '../aws/world.ts'
import { ensureKey, listKeys } from '../runtime/keys.ts'
import { createRuntime } from '../runtime/runtime.ts'
import { worldOf } from './on-aws.ts'

/** IAM takes some seconds until everybody knows of a role that was made a moment ago. */
const TRIES = 6
const PAUSE_MS = 5_000

/** Can be run again at any time, also after a crash half-way: what is there stays. */
export async function handler(): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      return await makeSecrets()
    } catch (error) {
      const denied = error instanceof Error && /^AccessDenied/.test(error.name)
      if (!denied || left === 1) throw error
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}

async function makeSecrets(): Promise<void> {
  const names = readEnvironment('setup', process.env)
  const runtime = createRuntime(await worldOf('setup', [withTable]))
  const { ids, log } = runtime.world
  const ssm = ssmClient()

  const links = names.PREMURA_LINK_SECRET_PARAMETER
  const made = await keepSecret(
    ssm,
    links,
    ids.secret(),
    'Signs the links in mails: "new,old" while it is rotated',
  )
  if (made) log('info', 'setup.link-secret-made')

  const keys = await listKeys(runtime)
  if (keys.some(({ scopes }) => scopes.includes('admin'))) return
  const admin = names.PREMURA_ADMIN_KEY_PARAMETER
  // The parameter first: a key that opens everything must never exist without somebody being able to read it.
  await keepSecret(
    ssm,
    admin,
    `prm_${ids.secret()}`,
    'The first admin key: take it, then delete this parameter',
  )
  const secret = await readSecret(ssm, admin)
  if (secret !== undefined) await ensureKey(runtime, secret, ['admin'])
  log('info', 'setup.admin-key-made')
}

/** Before a stage goes that is not to leave a trace. */
export async function remove(): Promise<void> {
  const names = readEnvironment('setup', process.env)
  const ssm = ssmClient()
  await dropSecret(ssm, names.PREMURA_LINK_SECRET_PARAMETER)
  await dropSecret(ssm, names.PREMURA_ADMIN_KEY_PARAMETER)
}
