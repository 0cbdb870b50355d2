#!/bin/sh
# Builds @tensorflow/tfjs-node where its prebuilt addon cannot be downloaded, against the C library inside PyPI's TensorFlow
# wheel (docs/decisions/0006). Needs Linux x64, npm with its node-gyp, Node's headers, g++, python3 with pip.
#   usage: [TENSORFLOW=2.12.1] sh tools/reference/tfjs-node.sh <folder of a project>
set -eu
TFJS=4.22.0
TENSORFLOW=${TENSORFLOW:-2.12.1}
mkdir -p "$1"
project=$(cd "$1" && pwd)
cd "$project"
[ -f package.json ] || echo '{ "private": true, "type": "module" }' > package.json
npm install --ignore-scripts "@tensorflow/tfjs-node@$TFJS"

python3 -m pip download --no-deps --only-binary=:all: --python-version 3.11 \
  --platform manylinux_2_17_x86_64 --dest wheels "tensorflow-cpu==$TENSORFLOW"
python3 -m zipfile -e wheels/tensorflow_cpu-"$TENSORFLOW"-*.whl wheels/unpacked
tensorflow=$PWD/wheels/unpacked/tensorflow

cd node_modules/@tensorflow/tfjs-node
mkdir -p deps/lib
ln -sfn "$tensorflow/include" deps/include
# The wheel's library has the C API under another name.
ln -sf "$tensorflow/libtensorflow_cc.so.2" deps/lib/libtensorflow_cc.so.2
ln -sf libtensorflow_cc.so.2 deps/lib/libtensorflow.so
ln -sf "$tensorflow/libtensorflow_framework.so.2" deps/lib/libtensorflow_framework.so.2
ln -sf libtensorflow_framework.so.2 deps/lib/libtensorflow_framework.so

gyp=$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js
node "$gyp" rebuild --nodedir="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")" \
  --module_name=tfjs_binding --module_path="$PWD/lib/napi-v8" --napi_version=8 --napi_build_version=8
cd "$project"
node -e 'require("@tensorflow/tfjs-node").ready().then(() => console.log(require("@tensorflow/tfjs-node").backend().binding.TF_Version))'
