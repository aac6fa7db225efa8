#!/usr/bin/env node
/**
 * Sends recorded frames to whoever connects, as fast as they are taken or at a rate, ten times over
 * with the ids moved on, as a venue never repeats them.
 * `node server.ts <frames file, one a line> [frames per second]` prints its port.
 */
import { readFileSync } from "node:fs"
import { WebSocketServer } from "ws"

const [file = "", rate = ""] = process.argv.slice(2)
const frames = readFileSync(file, "utf8").trimEnd().split("\n")
const rounds = 10

/** What ids are moved on by from one round to the next: from the first to past the last. */
const span = (first: RegExp, last: RegExp): number => {
  const idOf = (kind: RegExp, frame: string | undefined) => Number(kind.exec(frame ?? "")?.[1] ?? 0)
  const from = frames.find((frame) => first.test(frame))
  const to = frames.findLast((frame) => last.test(frame))
  return idOf(last, to) - idOf(first, from) + 1
}
const tradeSpan = span(/"e":"trade".*?"t":(\d+)/, /"e":"trade".*?"t":(\d+)/)
const updateSpan = span(/"U":(\d+)/, /"U":\d+,"u":(\d+)/)

const moved = (frame: string, round: number): string => {
  if (round === 0) return frame
  if (frame.includes('"e":"trade"')) {
    return frame.replace(/"t":(\d+)/, (_, id) => `"t":${Number(id) + round * tradeSpan}`)
  }
  if (frame.includes('"e":"') && !frame.includes('"e":"depthUpdate"')) return frame
  return frame.replaceAll(
    /"([Uu])":(\d+)/g,
    (_, key, id) => `"${key}":${Number(id) + round * updateSpan}`
  )
}

const all = Array.from({ length: rounds }, (_, round) =>
  frames.map((frame) => moved(frame, round))
).flat()

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false })

server.on("listening", () => {
  const address = server.address()
  if (typeof address === "object") process.stdout.write(`${address?.port}\n`)
})

server.on("connection", (socket, request) => {
  const wanted = new Set(new URL(`ws:${request.url}`).searchParams.get("streams")?.split("/"))
  const chosen = all.filter((frame) => wanted.has(/"stream":"([^"]+)"/.exec(frame)?.[1] ?? ""))
  let index = 0
  let open = true
  socket.on("error", () => {})
  socket.on("close", () => {
    open = false
  })
  const send = () => {
    const frame = chosen[index++ % chosen.length]
    if (frame !== undefined) socket.send(frame)
  }
  if (rate === "") {
    const fill = () => {
      for (let n = 0; n < 4096 && socket.bufferedAmount < 1 << 20; n++) send()
      if (open) setImmediate(fill)
    }
    fill()
    return
  }
  const started = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    if (!open) return clearInterval(timer)
    const due = ((performance.now() - started) / 1000) * Number(rate)
    while (sent < due) {
      send()
      sent++
    }
  }, 1)
})
