using System.Runtime.InteropServices;
using Graft.Lite.Reading;

namespace Graft.Lite.Tests;

/// <summary>A tensor of a file to be written.</summary>
internal sealed record TensorPart(string Name, int[] Shape, LiteType Type)
{
    public byte[]? Data { get; init; }

    public float[]? Scales { get; init; }

    public long[]? ZeroPoints { get; init; }

    public int Axis { get; init; }

    public int[]? Signature { get; init; }
}

/// <summary>An operator of a file to be written.</summary>
internal sealed record OperatorPart(int Code, int[] Inputs, int[] Outputs, FlatNode? Options)
{
    public string? Custom { get; init; }
}

/// <summary>A TensorFlow Lite file to be written, by the public schema: tensors and operators, and what stands beside them.</summary>
internal sealed class LiteNetwork
{
    public const int AddCode = 0, AveragePool = 1, Concatenation = 2, Convolution = 3, Depthwise = 4, Dequantize = 6, FullyConnected = 9, Logistic = 14, MaxPool = 17, Multiply = 18, Relu6 = 21, Reshape = 22, Softmax = 25, Pad = 34, Mean = 40,
        Squeeze = 43, Minimum = 57, Shape = 77, Quantize = 114, HardSwish = 117;

    public List<TensorPart> Tensors { get; } = [];

    public List<OperatorPart> Operators { get; } = [];

    public List<(string Name, byte[] Data)> Metadata { get; } = [];

    public int[] Inputs { get; set; } = [];

    public int[] Outputs { get; set; } = [];

    public uint Version { get; set; } = 3;

    public int Tensor(TensorPart tensor)
    {
        Tensors.Add(tensor);
        return Tensors.Count - 1;
    }

    public int Floats(string name, int[] shape, float[] values) => Tensor(new TensorPart(name, shape, LiteType.Float32) { Data = MemoryMarshal.AsBytes(values.AsSpan()).ToArray() });

    public int Halves(string name, int[] shape, float[] values) => Tensor(new TensorPart(name, shape, LiteType.Float16) { Data = MemoryMarshal.AsBytes(values.Select(value => (Half)value).ToArray().AsSpan()).ToArray() });

    public int Ints(string name, int[] shape, params int[] values) => Tensor(new TensorPart(name, shape, LiteType.Int32) { Data = MemoryMarshal.AsBytes(values.AsSpan()).ToArray() });

    /// <summary>Adds an operator with one result.</summary>
    /// <returns>The result's tensor.</returns>
    public int Operator(int code, int[] inputs, TensorPart output, params (int Id, object? Value)[] options)
    {
        int tensor = Tensor(output);
        Operators.Add(new OperatorPart(code, inputs, [tensor], options.Length == 0 ? null : new FlatNode(options)));
        return tensor;
    }

    /// <summary>A copy of which parts can be changed.</summary>
    public LiteNetwork Clone()
    {
        LiteNetwork clone = new() { Inputs = [.. Inputs], Outputs = [.. Outputs], Version = Version };
        clone.Tensors.AddRange(Tensors);
        clone.Operators.AddRange(Operators);
        clone.Metadata.AddRange(Metadata);
        return clone;
    }

    public LiteImport Import(LiteImportOptions? options = null) => LiteImporter.Import(Write(), "hand.tflite", options);

    public byte[] Write()
    {
        // Buffer 0 is empty; constants have one each, then the metadata.
        List<FlatNode> buffers = [new FlatNode()];
        FlatNode[] tensors = [.. Tensors.Select(tensor =>
        {
            int buffer = 0;
            if (tensor.Data is not null)
            {
                buffer = buffers.Count;
                buffers.Add(new FlatNode((0, tensor.Data)));
            }

            FlatNode? quantization = tensor.Scales is null && tensor.ZeroPoints is null ? null : new FlatNode((2, tensor.Scales), (3, tensor.ZeroPoints), (6, tensor.Axis));
            return new FlatNode((0, tensor.Shape), (1, (sbyte)tensor.Type), (2, (uint)buffer), (3, tensor.Name), (4, quantization), (7, tensor.Signature));
        })];
        (int Code, string? Custom)[] codes = [.. Operators.Select(op => (op.Code, op.Custom)).Distinct()];
        FlatNode[] operators = [.. Operators.Select(op => new FlatNode((0, (uint)Array.IndexOf(codes, (op.Code, op.Custom))), (1, op.Inputs), (2, op.Outputs), (4, op.Options)))];
        FlatNode[] metadata = [.. Metadata.Select(entry =>
        {
            buffers.Add(new FlatNode((0, entry.Data)));
            return new FlatNode((0, entry.Name), (1, (uint)buffers.Count - 1));
        })];
        FlatNode graph = new((0, tensors), (1, Inputs), (2, Outputs), (3, operators));
        FlatNode[] codeTables = [.. codes.Select(code => new FlatNode((0, (sbyte)Math.Min(code.Code, 127)), (1, code.Custom), (3, code.Code)))];
        return FlatWriter.Write(new FlatNode((0, Version), (1, codeTables), (2, new[] { graph }), (3, "Graft's tests"), (4, buffers.ToArray()), (6, metadata.Length == 0 ? null : metadata)), "TFL3");
    }
}
