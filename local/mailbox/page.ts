/** Serves the mailbox page: three files, no inline script, nothing from elsewhere. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../places.ts'
import type { LocalReply } from '../routes.ts'

/**
 * The preview is a document inside this page and inherits its policy, hence the inline styles and remote pictures, which
 * mails are made of. Scripts come from this server only, and the frame runs none.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' https: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const files: { [path: string]: { name: string; type: string } } = {
  '/': { name: 'mailbox.html', type: 'text/html; charset=utf-8' },
  '/local/mailbox': { name: 'mailbox.html', type: 'text/html; charset=utf-8' },
  '/local/mailbox.css': { name: 'mailbox.css', type: 'text/css; charset=utf-8' },
  '/local/mailbox.js': { name: 'mailbox.js', type: 'text/javascript; charset=utf-8' },
}

/** The page itself holds no mail; the routes that it asks decide who may see any. */
export function mailboxFile(path: string): LocalReply | undefined {
  const file = files[path]
  if (!file) return undefined
  return {
    type: file.type,
    headers: { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' },
    body: readFileSync(join(root, 'local', 'mailbox', file.name), 'utf8'),
  }
}
