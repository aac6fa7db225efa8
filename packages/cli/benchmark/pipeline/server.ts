#!/usr/bin/env node
/**
 * Sends recorded frames to whoever connects, thirty-two times over with the ids moved on, as a venue never
 * repeats them. The frames are encoded beforehand and written in large pieces, so that the server
 * is never what limits.
 *
 * `node server.ts <frames file, one a line> [frames per second]` prints its port.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { Duplex } from "node:stream"

const [file = "", rate = ""] = process.argv.slice(2)
const frames = readFileSync(file, "utf8").trimEnd().split("\n")

const rounds = 32

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

/** A text frame as a server sends it: final, not masked. */
const encode = (text: string): Buffer => {
  const payload = Buffer.from(text)
  const { length } = payload
  const head = length < 126 ? Buffer.from([0x81, length]) : Buffer.from([0x81, 126, 0, 0])
  if (length >= 126) head.writeUInt16BE(length, 2)
  return Buffer.concat([head, payload])
}

const streamOf = (frame: string) => /"stream":"([^"]+)"/.exec(frame)?.[1] ?? ""

const asFastAsTaken = (socket: Duplex, encoded: ReadonlyArray<Buffer>) => {
  const pieces: Array<Buffer> = []
  for (let from = 0; from < encoded.length; from += 512) {
    pieces.push(Buffer.concat(encoded.slice(from, from + 512)))
  }
  let index = 0
  const fill = () => {
    while (!socket.destroyed && index < pieces.length) {
      if (!socket.write(pieces[index++])) return
    }
  }
  socket.on("drain", fill)
  fill()
}

const atRate = (socket: Duplex, encoded: ReadonlyArray<Buffer>, perSecond: number) => {
  const started = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    if (socket.destroyed || sent >= encoded.length) return clearInterval(timer)
    const due = Math.floor(((performance.now() - started) / 1000) * perSecond)
    socket.write(Buffer.concat(encoded.slice(sent, due)))
    sent = due
  }, 1)
}

const server = createServer()

server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64")
  socket.on("error", () => socket.destroy())
  // What the client sends, it need not.
  socket.on("data", () => {})
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
  )
  const wanted = new Set(new URL(`ws:${request.url}`).searchParams.get("streams")?.split("/"))
  const encoded = all.filter((frame) => wanted.has(streamOf(frame))).map(encode)
  if (rate === "") asFastAsTaken(socket, encoded)
  else atRate(socket, encoded, Number(rate))
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") process.stdout.write(`${address?.port}\n`)
})
