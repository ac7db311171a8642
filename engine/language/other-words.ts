/** Words of other tools and languages, and what they are called here. */

/** Keys whose value is a condition or another expression. */
export const keysOfConditions: ReadonlySet<string> = new Set([
  'if',
  'when',
  'audience',
  'becomes',
  'until',
  'per',
  'value',
])

const synonyms: { [word: string]: readonly string[] } = {
  workflow: ['name', 'id', 'flow', 'journey', 'automation'],
  steps: ['step', 'actions', 'action', 'do', 'flow', 'then', 'tasks', 'jobs', 'sequence'],
  trigger: ['on', 'triggers', 'start', 'starts', 'entry', 'when'],
  topic: ['category', 'consent', 'basis'],
  enroll: ['enrollment', 'entry', 'reentry', 'frequency'],
  exit: ['exits', 'cancel', 'unenroll'],
  follow: ['follows', 'track', 'sync', 'updates', 'refresh'],
  goal: ['goals', 'conversion', 'target'],
  event: ['on', 'type', 'name'],
  send: ['email', 'mail', 'message', 'notify', 'template'],
  mail: ['send', 'email', 'message', 'template'],
  wait: ['delay', 'sleep', 'pause', 'after'],
  await: ['waitfor', 'wait-for', 'waituntil', 'listen'],
  choose: ['switch', 'case', 'branch', 'cases'],
  split: ['ab', 'abtest', 'ab-test', 'experiment', 'test', 'random'],
  repeat: ['loop', 'foreach', 'while', 'for-each'],
  stop: ['end', 'exit', 'finish', 'quit', 'return'],
  emit: ['publish', 'fire', 'raise', 'event'],
  set: ['update', 'assign', 'attribute', 'attributes', 'profile'],
  task: ['ticket', 'todo', 'assignment'],
  coupon: ['voucher', 'discount', 'code', 'promo'],
  survey: ['rating', 'feedback', 'nps', 'csat', 'ces'],
  webhook: ['http', 'call', 'request', 'post', 'api'],
  for: ['timeout', 'within', 'max', 'until', 'duration'],
  within: ['for', 'window', 'timeout'],
  when: ['if', 'condition', 'filter', 'where', 'case'],
  audience: ['segment', 'filter', 'who'],
  pattern: ['code', 'format', 'codes'],
  queue: ['team', 'assignee', 'to', 'owner'],
  due: ['deadline', 'within', 'for'],
  at: ['time', 'hour'],
  on: ['days', 'weekdays', 'day'],
  template: ['mail', 'send', 'email'],
  given: ['when', 'events', 'setup'],
  expect: ['then', 'expects', 'assert'],
  scenario: ['name', 'title', 'test'],
}

/** The one of `known` that people call `word` elsewhere. */
export function saidElsewhere(word: string, known: Iterable<string>): string | undefined {
  const written = word.toLowerCase().replace(/[_\s]/g, '')
  for (const candidate of known)
    if (Object.hasOwn(synonyms, candidate) && synonyms[candidate]?.includes(written)) return candidate
  return undefined
}
