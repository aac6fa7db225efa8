/** A venue's HTTP interface, which answers what a test tells it to. */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"

/** A status with a body, `down` where nobody answers, or `mute` where no answer ever comes. */
export type Answer = readonly [status: number, body: string] | "down" | "mute"

export interface Site {
  /** The URLs that were asked for, oldest first. */
  readonly asked: ReadonlyArray<string>
  /** What was sent with those that sent something, oldest first. */
  readonly sent: ReadonlyArray<string>
  readonly client: HttpClient.HttpClient
}

/** Answers with what the first path that a URL ends in stands for, each answer once but the last. */
export const make = (answers: { readonly [path: string]: ReadonlyArray<Answer> }): Site => {
  const asked: Array<string> = []
  const sent: Array<string> = []
  const client = HttpClient.make((request) => {
    const path = Object.keys(answers).find((path) => request.url.endsWith(path)) ?? ""
    const all = answers[path] ?? ["down"]
    const before = asked.filter((url) => url.endsWith(path)).length
    asked.push(request.url)
    const content = request.body
    if (content._tag === "Uint8Array") {
      sent.push(
        `${request.method} ${content.contentType} ${new TextDecoder().decode(content.body)}`
      )
    }
    const answer = all[Math.min(before, all.length - 1)] ?? "down"
    if (answer === "mute") return Effect.never
    if (answer === "down") {
      const reason = new HttpClientError.TransportError({ request, cause: new Error("refused") })
      return Effect.fail(new HttpClientError.HttpClientError({ reason }))
    }
    const [status, body] = answer
    const response = new Response(body === "" ? null : body, { status })
    return Effect.succeed(HttpClientResponse.fromWeb(request, response))
  })
  return { asked, sent, client }
}
