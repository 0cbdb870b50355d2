export { COLOR_NAMES, COLORS, type ColorName, colored, colorize } from "./colored.js"
export { datasetFiles, type HashedDataset } from "./dataset-files.js"
export { type DecodedImage, type DecodeOptions, decodeImage, IMAGE_FORMATS } from "./decode.js"
export { type EmnistOptions, emnistLetters } from "./emnist.js"
export { type FetchOptions, type FetchResult, fetchMnist } from "./fetch.js"
export { type FolderOptions, folderDataset, type ImageListing, listImages } from "./folder.js"
export { encodeIdx, type IdxFile, type IdxPair, parseIdx, readIdx, readIdxPair } from "./idx.js"
export { imageShape } from "./image-shape.js"
export { LETTERS, type LettersOptions, letters, type RenderedLetters, renderLetters } from "./letters.js"
export {
  coloredMnist,
  DIGITS,
  findMnist,
  MNIST_FILES,
  type MnistFile,
  type MnistOptions,
  readMnist,
  readMnistPart,
} from "./mnist.js"
export { datasets, datasets as default } from "./plugin.js"
export { contactSheet, type DataCheck, dataCheck, type PartCheck } from "./preview.js"
export { type MemoryImages, memorySource } from "./source.js"
