/** Secrets in SSM parameters: read once per process, made once per deployment, never in an environment or a log. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'

/** What signs links today, and what signed them before a rotation. */
export interface LinkSecrets {
  linkSecret: string
  formerLinkSecrets: string[]
}

/** In this order: the one that signs, then the ones that are still believed. */
const separator = ','
const shortest = 32

/**
 * Reads the secrets of signed links: `new,old` while a rotation lasts.
 *
 * @throws {Error} when the parameter is missing or too short; the text names the parameter and never its value
 */
export async function readLinkSecrets(client: SSMClient, name: string): Promise<LinkSecrets> {
  const value = await readSecret(client, name)
  if (value === undefined) throw new Error(`SSM parameter ${name}: there is none; a deployment makes it`)
  const [linkSecret = '', ...formerLinkSecrets] = value.split(separator).map((one) => one.trim())
  if ([linkSecret, ...formerLinkSecrets].some((one) => one.length < shortest))
    throw new Error(`SSM parameter ${name}: expected secrets of at least ${shortest} characters`)
  return { linkSecret, formerLinkSecrets }
}

/** Undefined: there is no such parameter. */
export async function readSecret(client: SSMClient, name: string): Promise<string | undefined> {
  try {
    const answer = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
    return answer.Parameter?.Value
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined
    throw error
  }
}

/** Writes a secret unless there is one. False: there was, and it stays. */
export async function keepSecret(
  client: SSMClient,
  name: string,
  value: string,
  description: string,
): Promise<boolean> {
  try {
    // No Overwrite: of two that come at once the second is refused, and a deployment never loses what signed its mails.
    const parameter = { Name: name, Value: value, Description: description, Type: 'SecureString' } as const
    await client.send(new PutParameterCommand(parameter))
    return true
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return false
    throw error
  }
}

export async function dropSecret(client: SSMClient, name: string): Promise<void> {
  try {
    await client.send(new DeleteParameterCommand({ Name: name }))
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error
  }
}
