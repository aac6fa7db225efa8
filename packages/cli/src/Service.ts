/**
 * A running service, asked over HTTP.
 *
 * @since 0.1.0
 */
import * as Api from "@tapewire/server/Api"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Entry } from "tapewire/GapReport"
import * as Usage from "./Usage.ts"

/**
 * A service cannot be reached, or does not answer as ours do.
 *
 * @since 0.1.0
 */
export class ServiceError extends Schema.TaggedError<ServiceError>()("ServiceError", {
  url: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.url} ${this.detail}`
  }
}

/**
 * The address of a service, without a slash at the end: `http://127.0.0.1:8787`.
 *
 * @since 0.1.0
 */
export const address = (text: string): Usage.Given<string> =>
  /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i.test(text) && URL.canParse(text)
    ? Result.succeed(text.replace(/\/+$/, ""))
    : Usage.wrong(`--url must be like http://127.0.0.1:8787, not ${JSON.stringify(text)}`)

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Api.GapList))

/** The `message` of an answer that refuses, where there is one. */
const Refusal = Schema.fromJsonString(Schema.Struct({ message: Schema.String }))

/**
 * What a service says was missed.
 *
 * @since 0.1.0
 */
export const gaps = Effect.fnUntraced(function* (base: string) {
  const url = `${base}/api/v1/gaps`
  const failed = (detail: string) => new ServiceError({ url, detail })
  const client = yield* HttpClient.HttpClient
  const { status, text } = yield* client.get(url).pipe(
    Effect.flatMap((response) =>
      Effect.map(response.text, (text) => ({ status: response.status, text }))
    ),
    Effect.mapError(({ message }) => failed(`cannot be reached: ${message}`)),
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.fail(failed("did not answer within 10 seconds"))
    })
  )
  if (status !== 200) {
    const refusal = Schema.decodeResult(Refusal)(text)
    const why = Result.isSuccess(refusal) ? `: ${refusal.success.message}` : ""
    return yield* failed(`answers with ${status}${why}`)
  }
  const { entries } = yield* Effect.mapError(decode(text), () =>
    failed("does not answer as a tapewire service does")
  )
  return entries satisfies ReadonlyArray<Entry> as ReadonlyArray<Entry>
})
