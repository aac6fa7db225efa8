/**
 * A server on the loopback interface that does to WebSocket clients what venues, networks and
 * attackers do. The path of an address names the fault. Every byte is written here, since a library
 * for servers would not let most of them pass.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { constants, deflateRawSync } from "node:zlib"

/** One client. */
interface Client {
  readonly socket: Net.Socket
  /** Runs once the client has sent a frame of this opcode. */
  readonly heard: (opcode: number, act: () => void) => void
  readonly run: (effect: Effect.Effect<void>) => void
}

interface Fault {
  /** The answer to the opening handshake, which is an acceptance by default. */
  readonly answer?: (accept: string) => string
  /** What is done to a client that has connected, or waits for the answer. */
  readonly meet?: (client: Client) => void
  /** Whether our side stays open when the client has left. */
  readonly stays?: boolean
}

const text = 1
const binary = 2
const ping = 9
const pong = 10

interface Shape {
  readonly fin?: boolean
  /** The three reserved bits. */
  readonly rsv?: number
  readonly isMasked?: boolean
  /** The length that is claimed. */
  readonly length?: bigint
}

const frame = (opcode: number, payload: string | Uint8Array, shape: Shape = {}): Buffer => {
  const body = Buffer.from(payload)
  const { fin = true, isMasked = false, length = BigInt(body.length), rsv = 0 } = shape
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const mask = isMasked ? 0x80 : 0
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10)
  head.writeUInt8(first)
  if (head.length === 2) head.writeUInt8(mask | Number(length), 1)
  else if (head.length === 4) {
    head.writeUInt8(mask | 126, 1)
    head.writeUInt16BE(Number(length), 2)
  } else {
    head.writeUInt8(mask | 127, 1)
    head.writeBigUInt64BE(length, 2)
  }
  // A mask of zeros changes nothing.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), body])
}

const close = (code: number, reason = ""): Buffer => {
  const body = Buffer.alloc(2 + reason.length)
  body.writeUInt16BE(code)
  body.write(reason, 2)
  return frame(8, body)
}

/** What clients are sent before most faults. */
export const hello = `{"hello":1}`

/** A message that comes in pieces, or slowly. */
export const whole = `{"a":123456}`

/** A message as large as a client takes, in bytes. */
export const largest = 4 * 1024 * 1024

const mebibyte = Buffer.alloc(1024 * 1024, "a")

/** 64 MiB in some 64 kB, as the extension for compression sends it. */
const bomb = () =>
  deflateRawSync(Buffer.alloc(64 * 1024 * 1024, "a"), {
    finishFlush: constants.Z_SYNC_FLUSH
  }).subarray(0, -4)

const switching = (accept: string, ...headers: ReadonlyArray<string>): string =>
  [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...headers,
    "\r\n"
  ].join("\r\n")

const refusal = (status: number, ...headers: ReadonlyArray<string>): Fault => ({
  answer: () =>
    [`HTTP/1.1 ${status} No`, ...headers, "Content-Length: 0", "Connection: close", "\r\n"].join(
      "\r\n"
    )
})

/** Greets and goes on with some bytes in the same breath. */
const says = (...bytes: ReadonlyArray<Uint8Array>): Fault => ({
  meet: ({ socket }) => socket.write(Buffer.concat([frame(text, hello), ...bytes]))
})

const faults = {
  reset: {
    meet: ({ heard, socket }) => {
      socket.write(frame(text, hello))
      heard(text, () => socket.resetAndDestroy())
    }
  },
  fin: { meet: ({ socket }) => socket.end(frame(text, hello)) },
  partial: {
    meet: ({ socket }) =>
      socket.end(Buffer.concat([frame(text, hello), frame(text, whole).subarray(0, 7)]))
  },
  close1000: says(close(1000, "why")),
  close1001: says(close(1001, "why")),
  close1008: says(close(1008, "why")),
  close1011: says(close(1011, "why")),
  close1012: says(close(1012, "why")),
  close1013: says(close(1013, "why")),
  close4000: says(close(4000, "why")),
  close999: says(close(999, "why")),
  closeWithout: says(frame(8, "")),
  closeAndStay: { ...says(close(1001, "why")), stays: true },
  neverCloses: { ...says(), stays: true },
  /** Greets, and then pings every 5 s. */
  pings: {
    meet: ({ run, socket }) => {
      socket.write(frame(text, hello))
      run(
        Effect.sync(() => socket.write(frame(ping, "there?"))).pipe(
          Effect.delay("5 seconds"),
          Effect.forever
        )
      )
    }
  },

  none: { answer: () => "" },
  garbage: { answer: () => "\u0000\u0001\u0002nonsense\r\n\r\n" },
  badAccept: { answer: () => switching("c29tZXRoaW5nIGVsc2U=") },
  hangsUp: { answer: () => "", meet: ({ socket }) => socket.end() },
  http302: refusal(302, "Location: http://169.254.169.254/"),
  http401: refusal(401),
  http403: refusal(403),
  http404: refusal(404),
  http418: refusal(418, "Retry-After: 120"),
  http429: refusal(429, "Retry-After: 7"),
  http451: refusal(451),
  http503: refusal(503, "Retry-After: soon"),
  deflates: {
    answer: (accept) => switching(accept, "Sec-WebSocket-Extensions: permessage-deflate")
  },

  utf8: says(frame(text, Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d))),
  rsv2: says(frame(text, "x", { rsv: 2 })),
  opcode3: says(frame(3, "x")),
  masked: says(frame(text, "x", { isMasked: true })),
  orphan: says(frame(0, "x")),
  interleaved: says(frame(text, "x", { fin: false }), frame(text, "y")),
  longPing: says(frame(ping, mebibyte.subarray(0, 126))),
  length40: says(frame(text, "x", { length: 2n ** 40n })),
  length63: says(frame(text, "x", { length: 2n ** 63n - 1n })),
  large: says(frame(text, mebibyte, { length: BigInt(largest) + 1n })),
  largeInParts: says(
    frame(text, mebibyte, { fin: false }),
    ...[1, 2, 3].map(() => frame(0, mebibyte, { fin: false })),
    frame(0, "a")
  ),
  bomb: { meet: (client) => says(frame(text, bomb(), { rsv: 4 })).meet?.(client) },

  largest: says(
    frame(binary, mebibyte, { fin: false }),
    ...[1, 2].map(() => frame(0, mebibyte, { fin: false })),
    frame(0, mebibyte),
    close(1000)
  ),
  fragments: {
    meet: ({ heard, socket }) => {
      socket.write(
        Buffer.concat([
          frame(text, whole.slice(0, 5), { fin: false }),
          frame(ping, "there?"),
          frame(0, whole.slice(5, 7), { fin: false })
        ])
      )
      heard(pong, () => socket.write(Buffer.concat([frame(0, whole.slice(7)), close(1000)])))
    }
  },
  drip: {
    meet: ({ run, socket }) =>
      run(
        Effect.forEach(
          Buffer.concat([frame(text, whole), close(1000)]),
          (byte) =>
            Effect.andThen(
              Effect.sync(() => socket.write(Uint8Array.of(byte))),
              Effect.sleep("15 millis")
            ),
          { discard: true }
        )
      )
  },
  /** Sends its messages, and ends the connection after the last, with a Close frame or without. */
  flood: { meet: ({ socket }) => socket.write(Buffer.concat([...flood(), close(1000)])) },
  floodAndFin: { meet: ({ socket }) => socket.end(Buffer.concat(flood())) }
} satisfies Record<string, Fault>

/** How many messages come in a flood. */
export const floodSize = 20_000

const flood = (): Array<Buffer> =>
  Array.from({ length: floodSize }, (_, n) => frame(text, `${n}`.padEnd(100, ".")))

/** What can be done to a client. */
export type Name = keyof typeof faults

const known: Readonly<Record<string, Fault>> = faults

/** Opcodes of the frames that came; clients here send short ones. */
const opcodes = (data: Buffer): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let at = 0; at + 1 < data.length; at += 6 + (data.readUInt8(at + 1) & 0x7f)) {
    found.push(data.readUInt8(at) & 0x0f)
  }
  return found
}

/** Reads the request of an opening handshake, answers it, and does what its path asks for. */
const serve = (socket: Net.Socket, run: Client["run"], onFrame: (opcode: number) => void) => {
  const waiting = new Map<number, () => void>()
  let request = ""
  let stays = false
  let isAnswered = false
  socket.on("data", (data) => {
    if (isAnswered) {
      for (const opcode of opcodes(data)) {
        onFrame(opcode)
        waiting.get(opcode)?.()
        waiting.delete(opcode)
      }
      return
    }
    request += data.toString("latin1")
    const fault = known[/^GET \/(\w+)/.exec(request)?.[1] ?? ""]
    if (fault === undefined || !request.includes("\r\n\r\n")) return
    isAnswered = true
    stays = fault.stays ?? false
    const key = /^sec-websocket-key: (\S+)/im.exec(request)?.[1] ?? ""
    const accept = createHash("sha1")
      .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64")
    // What comes in one piece with the answer is what clients lose most easily.
    socket.cork()
    socket.write((fault.answer ?? switching)(accept), "latin1")
    fault.meet?.({ socket, run, heard: (opcode, act) => waiting.set(opcode, act) })
    socket.uncork()
  })
  socket.on("end", () => {
    if (!stays) socket.end()
  })
}

/** What a server shows of itself where it speaks TLS. */
export interface Identity {
  readonly key: string
  readonly certificate: string
}

/** A running server. */
export interface FaultServer {
  readonly port: number
  /** Waits until every client has left. */
  readonly deserted: Effect.Effect<void>
  /** How many pongs have come, of all clients. */
  readonly pongs: () => number
}

/** Starts a server, which speaks TLS where it has an identity. */
export const make = Effect.fnUntraced(function* (
  identity?: Identity
): Effect.fn.Return<FaultServer, never, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime()
  /** All connections, and those whose client has not left. */
  const sockets = new Set<Net.Socket>()
  const present = new Set<Net.Socket>()
  const waiting = new Set<Deferred.Deferred<void>>()

  let pongs = 0

  const left = (socket: Net.Socket) => {
    present.delete(socket)
    if (present.size > 0) return
    for (const deferred of waiting) Deferred.doneUnsafe(deferred, Effect.void)
  }
  const come = (socket: Net.Socket) => {
    sockets.add(socket)
    present.add(socket)
    socket.on("error", () => {})
    socket.on("end", () => left(socket))
    socket.on("close", () => {
      sockets.delete(socket)
      left(socket)
    })
  }
  const onSocket = (socket: Net.Socket) =>
    serve(
      socket,
      (effect) => void run(effect),
      (opcode) => {
        if (opcode === pong) pongs++
      }
    )
  const server =
    identity === undefined
      ? Net.createServer({ allowHalfOpen: true }, onSocket)
      : Tls.createServer({ key: identity.key, cert: identity.certificate }, (socket) =>
          onSocket(socket.on("error", () => {}))
        )
  server.on("connection", come)

  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      })
  )
  const address = server.address()
  if (address === null || typeof address === "string") return yield* Effect.die(address)
  return {
    port: address.port,
    pongs: () => pongs,
    deserted: Effect.suspend(() => {
      if (present.size === 0) return Effect.void
      const deferred = Deferred.makeUnsafe<void>()
      waiting.add(deferred)
      return Deferred.await(deferred)
    })
  }
})

/** A port of the loopback interface on which nobody listens, unless somebody takes it now. */
export const closedPort = Effect.scoped(Effect.map(make(), ({ port }) => port))

interface Claim {
  /** The address the certificate is for. */
  readonly address: readonly [number, number, number, number]
  /** The last second at which it is valid, as `YYYYMMDDhhmmssZ`. */
  readonly until: string
}

/** A key and a certificate that it signed itself, made anew at every call. */
export const identity = ({ address, until }: Claim): Identity => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  return {
    key: pem("PRIVATE KEY", privateKey.export({ type: "pkcs8", format: "der" })),
    certificate: pem("CERTIFICATE", certify(privateKey, publicKey, Uint8Array.from(address), until))
  }
}

const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${bytes.toString("base64")}\n-----END ${label}-----\n`

/** A value in DER: a tag, a length, and the parts one after the other. */
const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const size =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...size), body])
}

const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)

/** An X.509 certificate in the form of RFC 5280. */
const certify = (
  privateKey: KeyObject,
  publicKey: KeyObject,
  address: Uint8Array,
  until: string
): Buffer => {
  const ecdsaWithSha256 = sequence(der(6, Buffer.from("2a8648ce3d040302", "hex")))
  const commonName = der(6, Buffer.from("550403", "hex"))
  const subjectAltName = der(6, Buffer.from("551d11", "hex"))
  const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from("A test")))))
  const signed = sequence(
    der(0xa0, der(2, Uint8Array.of(2))),
    der(2, Uint8Array.of(1)),
    ecdsaWithSha256,
    name,
    sequence(der(0x18, Buffer.from("20200101000000Z")), der(0x18, Buffer.from(until))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(subjectAltName, der(4, sequence(der(0x87, address))))))
  )
  const signature = sign("sha256", signed, privateKey)
  return sequence(signed, ecdsaWithSha256, der(3, Uint8Array.of(0), signature))
}
