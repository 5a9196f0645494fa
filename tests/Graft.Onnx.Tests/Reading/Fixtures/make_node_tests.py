#!/usr/bin/env python3
"""node-tests.zip: those of the ONNX project's tests of operators that Graft passes, as they are.

They are of https://github.com/onnx/onnx, onnx/backend/test/data, Apache License 2.0, Copyright (c) ONNX Project Contributors, at commit a8f77b5b9~1, the last one that has them.
Usage: make_node_tests.py FOLDER NAMES, with onnx/backend/test/data of a checkout and a file with a folder's name below it on each line. Names are what the test NoTestIsWrong says is passed.
"""
import pathlib
import sys
import zipfile

MOST = 20_000

root = pathlib.Path(sys.argv[1])
with zipfile.ZipFile("node-tests.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name in sorted(pathlib.Path(sys.argv[2]).read_text().split()):
        files = [root / name / "model.onnx", *sorted((root / name / "test_data_set_0").glob("*.pb"))]
        if sum(file.stat().st_size for file in files) > MOST:
            continue
        for file in files:
            archive.writestr(zipfile.ZipInfo(str(file.relative_to(root)), (2026, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)
