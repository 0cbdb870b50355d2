import "./tfjs-setup.js"

export * from "./contract/index.js"
