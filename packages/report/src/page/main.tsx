import { hydrate } from "preact"
import { App } from "./App.js"

const data = JSON.parse(document.getElementById("data")!.textContent!)
hydrate(<App data={data} />, document.getElementById("app")!)
document.documentElement.dataset.ready = ""
