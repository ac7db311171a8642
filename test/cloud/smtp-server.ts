/** As much of an SMTP server as a relay needs to meet, saying what a test wants said. */
import { createServer, type Socket } from 'node:net'

export interface SmtpServer {
  url: string
  /** Mails it took, as they came. */
  mails: string[]
  /** What it does with the next mails once it has them: an answer, or `hang up` without one. */
  answers: string[]
  /** What it says to the next recipients instead of yes. */
  recipients: string[]
  close(): Promise<void>
}

export async function startSmtp(): Promise<SmtpServer> {
  const mails: string[] = []
  const answers: string[] = []
  const recipients: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    let inData = false
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 test')
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString()
      for (;;) {
        const end = text.indexOf(inData ? '\r\n.\r\n' : '\r\n')
        if (end < 0) return
        const taken = text.slice(0, end)
        text = text.slice(end + (inData ? 5 : 2))
        if (inData) {
          inData = false
          const answer = answers.shift() ?? '250 taken'
          if (answer.startsWith('2') || answer === 'hang up') mails.push(taken)
          if (answer === 'hang up') socket.destroy()
          else say(answer)
        } else if (taken === 'DATA') {
          inData = true
          say('354 go on')
        } else if (/^RCPT/i.test(taken)) {
          say(recipients.shift() ?? '250 fine')
        } else {
          say(taken === 'QUIT' ? '221 bye' : '250 fine')
        }
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}/?ignoreTLS=true`,
    mails,
    answers,
    recipients,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
