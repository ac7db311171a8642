/** What is said, and done, when something is missing in the data folder that somebody was told is safe. */
import { resolve } from 'node:path'
import type { Custody, Loss } from './cloud/level-store.ts'
import { type DataFolder, StartError } from './data-folder.ts'

/** What may happen once it has been accepted; nobody can tell what exactly was in the part that is gone. */
const consequences =
  'Events that were answered 202 may be gone (post them again: those that are there change nothing), mails that the ' +
  'missing part recorded as sent may be sent again, and consent withdrawn in it is not known any more.'

/** A start is refused unless the loss was accepted; then it is a notice. */
export function custodyOf(
  { dir, note }: Pick<DataFolder, 'dir' | 'note'>,
  accepted: boolean,
  tell: (text: string) => void,
): Custody {
  return {
    note,
    onLoss({ findings, bearable }: Loss) {
      const what = `the database in ${resolve(dir)} has lost something that was acknowledged: ${findings.join('; ')}.`
      if (accepted && bearable) return tell(`Accepted: ${what} ${consequences}`)
      const copy =
        'Put a copy of the whole folder in its place and start with --restored-from and the instant of the copy.'
      throw new StartError(
        bearable
          ? `${what} Nothing was started. ${copy} Without a copy, --accept-loss starts with what is left. ${consequences}`
          : `${what} Nothing was started. ${copy} --accept-loss is not offered here, because what is left cannot be told from what is damaged.`,
      )
    },
  }
}
