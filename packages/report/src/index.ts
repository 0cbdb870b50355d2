export { renderReport, writeReport } from "./render.js"
