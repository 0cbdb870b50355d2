import { useEffect, useState } from "preact/hooks"
import type { Sprite } from "./types.js"

/** Gives the RGBA bytes of a sprite's cell. */
export type Pixels = (cell: number) => Uint8ClampedArray

/** Reads the sprite once in the browser; undefined on the server and until it is decoded. */
export function usePixels({ columns, shape: [h, w] }: Sprite): Pixels | undefined {
  const [pixels, setPixels] = useState<Pixels>()
  useEffect(() => {
    const uri = document.getElementById("sprite")!.textContent!.replace(/^.*url\(|\).*$/g, "")
    const image = new Image()
    image.onload = () => {
      const canvas = document.createElement("canvas")
      canvas.width = image.width
      canvas.height = image.height
      const context = canvas.getContext("2d", { willReadFrequently: true })
      if (!context) return
      context.drawImage(image, 0, 0)
      setPixels(
        () => (cell: number) =>
          context.getImageData((cell % columns) * w, Math.floor(cell / columns) * h, w, h).data,
      )
    }
    image.src = uri
  }, [columns, h, w])
  return pixels
}

/** RGBA bytes as a PNG data URI, in the browser. */
export function pngUri(rgba: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): string {
  const canvas = document.createElement("canvas")
  canvas.width = width
  canvas.height = height
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0)
  return canvas.toDataURL("image/png")
}
