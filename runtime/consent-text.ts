/** Where a consent comes from, and why one is not there yet, as a person would say it. */
import type { ConsentSource } from '../engine/model.ts'
import type { ConsentRecord } from './consent-marks.ts'

const ways: { [source in ConsentSource]: string } = {
  api: 'through the API',
  event: 'with an event',
  workflow: 'by a workflow',
  page: 'on their own page',
  confirmed: 'from their own mailbox',
}

/** `A yes to offers came in through the API (shop) and waits to be confirmed from anna@example.it.` */
export function consentText({ topic, state, source, by, address }: ConsentRecord): string {
  const how = `${ways[source]}${by === undefined ? '' : ` (${by})`}`
  switch (state) {
    case 'pending':
      return `A yes to ${topic} came in ${how} and waits to be confirmed${address === undefined ? ': there is no address to ask' : ` from ${address}`}.`
    case 'given':
      return source === 'confirmed'
        ? `The yes to ${topic} was confirmed from ${address ?? 'their own mailbox'}.`
        : `A yes to ${topic} came in ${how}.`
    case 'refused':
      return `A no to ${topic} came in ${how}.`
    case 'removed':
      return `The answer about ${topic} was taken away ${how}.`
  }
}

/** Why nothing went out. */
export const pendingText = (topic: string): string =>
  `The yes to ${topic} waits to be confirmed from their own mailbox.`
