/**
 * The few web globals the package uses. They exist in Node, Bun, Deno and browsers alike, but their
 * types come with the DOM or with Node, and this package depends on neither.
 */

interface Encoder {
  readonly encode: (text: string) => Uint8Array
  readonly encodeInto: (text: string, target: Uint8Array) => { readonly written: number }
}

interface Decoder {
  readonly decode: (bytes: Uint8Array) => string
}

/** What a `CompressionStream` and a `DecompressionStream` have in common. */
export interface ByteTransform {
  readonly writable: {
    readonly getWriter: () => {
      readonly write: (bytes: Uint8Array) => Promise<void>
      readonly close: () => Promise<void>
    }
  }
  readonly readable: {
    readonly getReader: () => {
      readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array }>
      readonly cancel: () => Promise<void>
    }
  }
}

declare const TextEncoder: new () => Encoder
declare const TextDecoder: new (
  label: "utf-8" | "utf-16le",
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean }
) => Decoder
declare const CompressionStream: new (format: "deflate-raw") => ByteTransform
declare const DecompressionStream: new (format: "deflate-raw") => ByteTransform

export const encoder = new TextEncoder()

/** Throws on bytes that are not UTF-8, and keeps a byte order mark, so that it undoes `encoder`. */
export const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const compressor = (): ByteTransform => new CompressionStream("deflate-raw")

export const decompressor = (): ByteTransform => new DecompressionStream("deflate-raw")
