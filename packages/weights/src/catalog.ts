/** One file of published weights that metrics use. */
export interface CatalogEntry {
  readonly name: string
  /** Name of the file as its publisher gives it; its hexadecimal digits are the first eight of the hash. */
  readonly file: string
  readonly url: string
  readonly bytes: number
  readonly sha256: string
  /** SPDX, or what is known. */
  readonly license: string
  /** What computes with it. */
  readonly use: string
  /** Some of its tensors and their shapes, in PyTorch's order of axes. */
  readonly tensors: Readonly<Record<string, readonly number[]>>
}

// Where the digests are from: publishers give the first eight digits in the file names. Each full digest was found, the
// same, in ten or more files of public repositories, each size in two or more: inception in snap-research/discoscene
// (models/inception_model.py), vgg16 in LibreYOLO/libreyolo (docs/provenance/vgg.md), alexnet and squeezenet1_1 beside
// torchvision's addresses in model cards and tests. Nobody here has hashed the files themselves; a digest that is wrong
// refuses a good file and never accepts a bad one.

const TORCHVISION_LICENSE =
  "BSD-3-Clause (torchvision, which states no other licence for the weights; trained on ImageNet, whose terms may apply)"

/** The files that `ifnormal weights` knows. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    name: "inception",
    file: "pt_inception-2015-12-05-6726825d.pth",
    url: "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    bytes: 95_628_359,
    sha256: "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
    license:
      "Apache-2.0 (TensorFlow's Inception of 2015-12-05, converted by pytorch-fid; trained on ImageNet)",
    use: "FID, KID, precision and recall: features of Inception v3",
    tensors: {
      "Conv2d_1a_3x3.conv.weight": [32, 3, 3, 3],
      "Mixed_5b.branch1x1.conv.weight": [64, 192, 1, 1],
      "Mixed_6e.branch7x7_2.conv.weight": [192, 192, 1, 7],
      "Mixed_7c.branch_pool.bn.running_var": [192],
      "fc.weight": [1008, 2048],
    },
  },
  {
    name: "lpips-alex",
    file: "alexnet-owt-7be5be79.pth",
    url: "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    bytes: 244_408_911,
    sha256: "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    license: TORCHVISION_LICENSE,
    use: "LPIPS with the trunk alex: torchvision's AlexNet",
    tensors: {
      "features.0.weight": [64, 3, 11, 11],
      "features.3.weight": [192, 64, 5, 5],
      "features.6.weight": [384, 192, 3, 3],
      "features.8.weight": [256, 384, 3, 3],
      "features.10.weight": [256, 256, 3, 3],
    },
  },
  {
    name: "lpips-vgg",
    file: "vgg16-397923af.pth",
    url: "https://download.pytorch.org/models/vgg16-397923af.pth",
    bytes: 553_433_881,
    sha256: "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    license: TORCHVISION_LICENSE,
    use: "LPIPS with the trunk vgg: torchvision's VGG-16",
    tensors: {
      "features.0.weight": [64, 3, 3, 3],
      "features.7.weight": [128, 128, 3, 3],
      "features.14.weight": [256, 256, 3, 3],
      "features.28.weight": [512, 512, 3, 3],
    },
  },
  {
    name: "lpips-squeeze",
    file: "squeezenet1_1-b8a52dc0.pth",
    url: "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
    bytes: 4_958_839,
    sha256: "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
    license: TORCHVISION_LICENSE,
    use: "LPIPS with the trunk squeeze: torchvision's SqueezeNet 1.1",
    tensors: {
      "features.0.weight": [64, 3, 3, 3],
      "features.3.squeeze.weight": [16, 64, 1, 1],
      "features.7.expand3x3.weight": [128, 32, 3, 3],
      "features.12.expand3x3.weight": [256, 64, 3, 3],
    },
  },
]
