import type { FloatResize } from "@ifnormal/core"
import { inceptionSize } from "./inception/network.js"
import type { Preprocessing } from "./preprocess.js"

/** The published ways from bytes to Inception's input. FID values of two of them are not comparable. */
export const inceptionRecipes = ["torch-fidelity", "pytorch-fid", "torchmetrics-antialias"] as const
export type InceptionRecipe = (typeof inceptionRecipes)[number]

const recipe = (resize: FloatResize, scale: number, shift: number): Preprocessing => ({
  size: [inceptionSize, inceptionSize],
  resize,
  scale: [scale, scale, scale],
  shift: [shift, shift, shift],
})

/**
 * - torch-fidelity 0.4.0 (feature_extractor_inceptionv3.py): TensorFlow 1's bilinear, (b - 128) / 128. As in the original FID.
 * - pytorch-fid 0.3.0 (inception.py): PyTorch's bilinear without antialias, 2 b / 255 - 1.
 * - torchmetrics 1.9.0 (image/fid.py, antialias=True, its default): PyTorch's bilinear with antialias on floats, (b - 128) / 128.
 */
export const inceptionPreprocessing: Readonly<Record<InceptionRecipe, Preprocessing>> = {
  "torch-fidelity": recipe("tensorflow-bilinear", 1 / 128, -1),
  "pytorch-fid": recipe("torch-bilinear", 2 / 255, -1),
  "torchmetrics-antialias": recipe("torch-bilinear-antialias", 1 / 128, -1),
}
