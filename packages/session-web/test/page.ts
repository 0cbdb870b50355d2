// The script of the page that session.browser.test.ts opens.
import { exercise } from "../../onnx/test/session-checks.js"
import { webSessionRunner } from "../src/index.js"

declare const document: { title: string }

// JSON carries the result out of the page; undefined names of dimensions would not survive, and this model has none.
exercise(webSessionRunner({ wasm: "/ort.wasm" }))
  .then((result) => JSON.stringify(result))
  .catch((error) => JSON.stringify({ error: String(error) }))
  .then((text) => {
    document.title = text
  })
