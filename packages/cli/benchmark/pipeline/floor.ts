#!/usr/bin/env node
/** What `adapter.ts` is compared with: `ws` and `JSON.parse`, and nothing else. */
import { WebSocket } from "ws"

const [address = "", count = "", warmUp = "0"] = process.argv.slice(2)
const total = Number(count)
let frames = -Number(warmUp)
let started = 0
let cpu = process.cpuUsage()

const socket = new WebSocket(address, { perMessageDeflate: false })
const start = () => {
  started = performance.now()
  cpu = process.cpuUsage()
}
socket.on("open", start)
socket.on("message", (data: Buffer) => {
  JSON.parse(data.toString())
  if (++frames === 0) start()
  if (frames !== total) return
  const seconds = (performance.now() - started) / 1000
  const { system, user } = process.cpuUsage(cpu)
  const { heapUsed, rss } = process.memoryUsage()
  const cpuSeconds = (user + system) / 1e6
  const result = { frames, seconds, cpuSeconds, rss, heapUsed, p50: 0, p99: 0 }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
})
