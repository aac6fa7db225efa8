/**
 * What holds for every request, whatever its path: who may ask, how, and what a browser may do with
 * the answer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import { ForeignHost, InternalError, MethodNotAllowed, NotFound, type Refusal } from "./ApiError.ts"

const loopback = ["127.0.0.1", "localhost", "[::1]"]

/**
 * Answers only requests that read, and whose `Host`, and `Origin` if they have one, is this
 * machine's loopback or one of `hosts` (names or addresses, without port).
 *
 * A name that is made to point here (DNS rebinding) is neither, whatever page a browser shows.
 *
 * @since 0.1.0
 */
export const layer = (
  hosts: ReadonlyArray<string>
): Layer.Layer<never, never, HttpRouter.HttpRouter> => {
  const known = new Set([...loopback, ...hosts].map((host) => host.toLowerCase()))
  const isKnown = (authority: string) => known.has(hostOf(authority))
  return HttpRouter.middleware(
    (answer) =>
      Effect.gen(function* () {
        const { headers, method } = yield* HttpServerRequest.HttpServerRequest
        yield* HttpEffect.appendPreResponseHandler((request, response) =>
          Effect.succeed(protect(explain(request, response)))
        )
        const { host = "", origin } = headers
        if (!isKnown(host)) return foreign("Host", host)
        if (origin !== undefined && !isKnown(authorityOf(origin))) return foreign("Origin", origin)
        if (method !== "GET" && method !== "HEAD") return notAllowed(method)
        return yield* Effect.tapDefect(answer, (defect) =>
          Effect.logError("Request failed", defect)
        )
      }),
    { global: true }
  )
}

const hostOf = (authority: string): string => authority.toLowerCase().replace(/:\d*$/, "")

const authorityOf = (origin: string): string => origin.replace(/^https?:\/\//, "")

const foreign = (header: string, value: string) => {
  const text = JSON.stringify(value.slice(0, 100))
  const message = `${header} ${text} is not a host of this service; it may be made one when the service is started`
  return refuse(403, new ForeignHost({ message }))
}

const notAllowed = (method: string) =>
  refuse(405, new MethodNotAllowed({ message: `${method} is not allowed; use GET` })).pipe(
    HttpServerResponse.setHeader("allow", "GET, HEAD")
  )

/** Says in JSON what the router and failed handlers say by status alone. */
const explain = (
  { url }: HttpServerRequest.HttpServerRequest,
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse => {
  if (response.body._tag !== "Empty") return response
  if (response.status === 404) {
    const path = JSON.stringify(url.replace(/[?#].*$/s, "").slice(0, 100))
    const message = `there is nothing at ${path}; / is the page, /docs says what there is`
    return refuse(404, new NotFound({ message }))
  }
  if (response.status !== 500) return response
  return refuse(500, new InternalError({ message: "the request failed; the log says why" }))
}

/** The same JSON as of failures within the API. */
const refuse = (status: number, { _tag, message }: Refusal) =>
  HttpServerResponse.jsonUnsafe({ _tag, message }, { status })

/** What holds unless an answer says otherwise. */
const strict = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

const protect = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeaders(response, { ...strict, ...response.headers })
