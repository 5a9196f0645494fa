using Google.Protobuf;
using Graft.Onnx.Protos;
using Graft.Onnx.Writing;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Tests;

/// <summary>Writes ONNX files by hand, good ones and bad ones.</summary>
internal sealed class OnnxGraph
{
    public ModelProto Proto { get; } = new() { IrVersion = 8, Graph = new GraphProto { Name = "hand" }, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };

    /// <summary>A graph with an image input <c>x</c>; a negative extent is left open.</summary>
    public static OnnxGraph Of(params long[] extents)
    {
        OnnxGraph graph = new();
        TensorShapeProto shape = new();
        foreach (long extent in extents) shape.Dim.Add(extent < 0 ? new TensorShapeProto.Types.Dimension { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = extent });
        graph.Proto.Graph.Input.Add(new ValueInfoProto
        {
            Name = "x",
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape } },
        });
        return graph;
    }

    public OnnxGraph Node(string type, string inputs, string output, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = type, Name = $"node_{output}", Input = { inputs.Split(' ').Select(name => name == "-" ? "" : name) }, Output = { output } };
        node.Attribute.AddRange(attributes);
        Proto.Graph.Node.Add(node);
        return this;
    }

    /// <summary>Further values that the last node computes.</summary>
    public OnnxGraph Also(params string[] outputs)
    {
        Proto.Graph.Node[^1].Output.Add(outputs);
        return this;
    }

    public OnnxGraph Floats(string name, int[] shape, params float[] values)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)DataType.Float, FloatData = { values } };
        tensor.Dims.AddRange(shape.Select(extent => (long)extent));
        Proto.Graph.Initializer.Add(tensor);
        return this;
    }

    public OnnxGraph Integers(string name, params long[] values)
    {
        Proto.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)DataType.Int64, Int64Data = { values }, Dims = { values.Length } });
        return this;
    }

    /// <summary>Whole numbers of a type; no extents are one number.</summary>
    public OnnxGraph Whole(string name, DataType type, int[] shape, params int[] values)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)type, Int32Data = { values } };
        tensor.Dims.AddRange(shape.Select(extent => (long)extent));
        Proto.Graph.Initializer.Add(tensor);
        return this;
    }

    public OnnxGraph OperatorSet(long version)
    {
        Proto.OpsetImport[0].Version = version;
        return this;
    }

    public OnnxGraph Output(params string[] names)
    {
        foreach (string name in names) Proto.Graph.Output.Add(new ValueInfoProto { Name = name });
        return this;
    }

    /// <summary>The one output <c>y</c>, of float32 as ONNX Runtime wants to know.</summary>
    public OnnxGraph Result()
    {
        Output("y").Proto.Graph.Output[0].Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } };
        return this;
    }

    public byte[] Bytes => Proto.ToByteArray();

    public OnnxImport Import(OnnxImportOptions? options = null) => OnnxFile.Import(Bytes, options);

    /// <summary>The message of the error that importing gives.</summary>
    public string Error(OnnxImportOptions? options = null) => Assert.Throws<OnnxException>(() => Import(options)).Message;

    public static AttributeProto Int(string name, long value) => Attributes.Int(name, value);

    public static AttributeProto Ints(string name, params long[] values) => Attributes.Ints(name, values);

    public static AttributeProto Float(string name, float value) => Attributes.Float(name, value);

    public static AttributeProto Text(string name, string value) => Attributes.Text(name, value);
}
