import "@tensorflow/tfjs-backend-cpu"
import * as tf from "@tensorflow/tfjs-core"
import { beforeAll, test } from "vitest"
import "../tfjs-setup.js"
import { expectGoldenLayer, layerNames } from "../../test/layers.js"

beforeAll(() => tf.setBackend("cpu"))

test.each(layerNames)("%s has PyTorch's value, gradients and states", expectGoldenLayer)
