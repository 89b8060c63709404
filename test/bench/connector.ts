import { appendFileSync } from 'node:fs'
import { connect } from 'node:net'

// Runs in the network namespace of a pod: a new TCP connection every few milliseconds; each line is when it began (ms since 1970) and
// 1 where it stood within a second. A new connection each time, since a policy leaves those that stand alone.
const [address = '', port = '', file = ''] = process.argv.slice(2)

setInterval(() => {
  const began = Date.now()
  const socket = connect({ host: address, port: Number(port) })
  let isOver = false
  const end = (stood: 0 | 1) => {
    if (isOver) return
    isOver = true
    socket.destroy()
    appendFileSync(file, `${began} ${stood}\n`)
  }
  socket.on('connect', () => end(1)).on('error', () => end(0))
  setTimeout(() => end(0), 1000)
}, 10)
