"""What ONNX's standard operators of opset 18 take: the table behind packages/onnx/test/schema.ts.

    pip install onnx && python tools/reference/onnx_operators.py > packages/onnx/test/operators.json
    npm run format
"""

import json

import onnx
from onnx import defs

OPSET = 18
VARIADIC = 2**31 - 1

operators = {}
for name in sorted({schema.name for schema in defs.get_all_schemas() if schema.domain == ""}):
    try:
        schema = defs.get_schema(name, OPSET, "")
    except defs.SchemaError:
        continue  # younger than the opset
    if schema.deprecated:
        continue
    operators[name] = {
        "inputs": [schema.min_input, schema.max_input if schema.max_input < VARIADIC else None],
        "outputs": [schema.min_output, schema.max_output if schema.max_output < VARIADIC else None],
        "attributes": {
            key: value.type.name + (" required" if value.required else "")
            for key, value in sorted(schema.attributes.items())
        },
    }

lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in operators.items())
print(f'{{\n  "onnx": "{onnx.__version__}",\n  "opset": {OPSET},\n  "operators": {{\n{lines}\n  }}\n}}')
