// Loaded before a Node process starts (`--import`): writes down whom it connects to, and lets it reach loopback only.
import { appendFileSync } from 'node:fs'
import net from 'node:net'

const file = process.env.CONNECTIONS ?? ''
const { connect } = net.Socket.prototype

// HTTP, TLS and `fetch` all come through here, each with its arguments already made one list.
net.Socket.prototype.connect = function (...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given
  const { host = 'localhost', port, path } = Object(options)
  const to = path ?? `${host}:${port}`
  appendFileSync(file, `${to}\n`)
  if (path !== undefined || /^(?:localhost|127\.0\.0\.1|::1)$/.test(host)) return connect.apply(this, given)
  return this.destroy(new Error(`${to} is not loopback: refused by the test`))
}
