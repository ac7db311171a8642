/** Whose message an SMS was, as End User Messaging carries it along and hands it back with every event of it. */
import type { MessageTags } from '../runtime/ports.ts'
import { readTags } from './tags.ts'

/** https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html */
const longestValue = 800
const mostValues = 5
const nameOf = (index: number) => `premura-${index + 1}`

/** Nothing, where it does not fit: then nobody can tell later whose events they are. */
export function contextOf(tags: MessageTags): { [name: string]: string } {
  const text = encodeURIComponent(JSON.stringify(tags))
  const pieces = text.match(new RegExp(`.{1,${longestValue}}`, 'g')) ?? []
  if (pieces.length > mostValues) return {}
  return Object.fromEntries(pieces.map((piece, index) => [nameOf(index), piece]))
}

/** Undefined for a message that is not ours. */
export function tagsOfContext(context: { [name: string]: string }): MessageTags | undefined {
  const pieces = Array.from({ length: mostValues }, (_, index) => context[nameOf(index)] ?? '')
  try {
    return readTags(decodeURIComponent(pieces.join('')))
  } catch {
    return undefined
  }
}
