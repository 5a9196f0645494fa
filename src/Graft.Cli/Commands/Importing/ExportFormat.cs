namespace Graft.Cli.Commands.Importing;

/// <summary>What <c>graft export</c> writes, by the end of the name.</summary>
internal enum ExportFormat
{
    /// <summary>ONNX: a file that ends with <c>.onnx</c>.</summary>
    Onnx,

    /// <summary>Weights by name: a file that ends with <c>.safetensors</c>.</summary>
    Safetensors,

    /// <summary>A TensorFlow.js model: a folder, a name without an ending or with a slash at its end.</summary>
    Folder,
}
