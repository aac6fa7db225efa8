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
import * as Rounds from "./rounds.ts"

const [file = "", rate = ""] = process.argv.slice(2)
const frames = readFileSync(file, "utf8").trimEnd().split("\n")

const rounds = 32

const round = Rounds.make(frames)
const all = Array.from({ length: rounds }, (_, index) => round(index)).flat()

/** A text frame as a server sends it: final, not masked. */
const encode = (text: string): Buffer => {
  const payload = Buffer.from(text)
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), payload])
  const head = Buffer.from(
    length < 65_536 ? [0x81, 126, 0, 0] : [0x81, 127, 0, 0, 0, 0, 0, 0, 0, 0]
  )
  if (length < 65_536) head.writeUInt16BE(length, 2)
  else head.writeUInt32BE(length, 6)
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
  const chosen = all.filter((frame) => wanted.has(streamOf(frame)))
  // A book begins with its first update and a snapshot asked for then, which takes its time.
  const first = chosen.find((frame) => frame.includes("depthUpdate")) ?? chosen[0] ?? ""
  const rest = chosen.filter((frame) => frame !== first).map(encode)
  socket.write(encode(first))
  setTimeout(() => {
    if (rate === "") asFastAsTaken(socket, rest)
    else atRate(socket, rest, Number(rate))
  }, 300)
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") process.stdout.write(`${address?.port}\n`)
})
