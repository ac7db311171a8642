/** Page cursors as the outside sees them: sealed, so that an invented one is bad input and never reaches the table. */
import { createHmac } from 'node:crypto'
import type { Runtime } from '../runtime.ts'
import { invalid } from './problem.ts'

/** @param list which list it is a place in; a cursor of another list is refused */
export function sealCursor(runtime: Runtime, list: string, cursor: string): string {
  const text = Buffer.from(cursor).toString('base64url')
  return `${text}.${macOf(runtime, list, text)}`
}

export function openCursor(runtime: Runtime, list: string, sealed: string): string {
  const [text = '', mac = ''] = sealed.split('.')
  if (mac !== macOf(runtime, list, text))
    throw invalid([{ path: 'query.cursor', message: 'Is not a cursor that this list gave out.' }])
  return Buffer.from(text, 'base64url').toString()
}

function macOf(runtime: Runtime, list: string, text: string): string {
  return createHmac('sha256', runtime.world.config.linkSecret)
    .update(`premura cursor 1\n${list}\n${text}`)
    .digest('base64url')
    .slice(0, 16)
}
