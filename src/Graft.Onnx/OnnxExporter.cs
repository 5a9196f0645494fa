using Google.Protobuf;
using Graft.Formats;
using Graft.Onnx.Protos;
using Graft.Onnx.Writing;

namespace Graft.Onnx;

/// <summary>
/// Writes a model as ONNX (<see href="https://onnx.ai"/>): float32, quantized layers as such with QuantizeLinear and DequantizeLinear, operator set 17, the batch free and the resolution fixed, padding as explicit amounts.
/// Nodes and initializers bear the network's names; labels, preprocessing and provenance are the file's metadata.
/// </summary>
public static class OnnxExporter
{
    /// <summary>The ONNX operator set that files are written for.</summary>
    public const int OperatorSet = 17;

    /// <summary>The version of the ONNX container (IR) that files are written for.</summary>
    public const int IrVersion = 8;

    /// <summary>Writes a model to a file, which appears under its name only when it is complete.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">How; by default NCHW, the main output, batch norms as nodes.</param>
    /// <exception cref="OnnxException">The network has an output or an operation that ONNX files do not hold, or it is larger than 2 GB.</exception>
    /// <exception cref="IOException">The folder is missing, full or not writable.</exception>
    public static void Export(Model model, string path, OnnxExportOptions? options = null)
    {
        ModelProto proto = ModelWriter.Write(model, options ?? new OnnxExportOptions());
        AtomicFile.Write(path, stream => proto.WriteTo(stream));
    }

    /// <summary>Writes a model to a stream, which stays open.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="options">How; by default NCHW, the main output, batch norms as nodes.</param>
    /// <exception cref="OnnxException">The network has an output or an operation that ONNX files do not hold, or it is larger than 2 GB.</exception>
    public static void Export(Model model, Stream stream, OnnxExportOptions? options = null) =>
        ModelWriter.Write(model, options ?? new OnnxExportOptions()).WriteTo(stream);
}
