using System.Globalization;
using System.Runtime.InteropServices;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Onnx.Protos.TensorProto.Types;

namespace Graft.Onnx.Writing;

/// <summary>A node of Graft while it is written as one or several of ONNX. Images are <c>[batch, channels, height, width]</c> there.</summary>
internal sealed class NodeWriter(GraphWriter writer, Node node)
{
    /// <summary>The node.</summary>
    public Node Node => node;

    /// <summary>The ONNX values that it takes.</summary>
    public string[] Inputs { get; } = [.. node.Inputs.Select(writer.Value)];

    /// <summary>The first of them.</summary>
    public string Input => Inputs[0];

    /// <summary>The extents of the first value, in Graft's order.</summary>
    public Shape Shape => ShapeOf(0);

    /// <summary>The channels of the first value.</summary>
    public int Channels => Shape[^1];

    /// <summary>Whether the first value is an image.</summary>
    public bool IsImage => Shape.Rank == 4;

    /// <summary>The extents of a value, in Graft's order.</summary>
    public Shape ShapeOf(int input) => writer.Shape(node.Inputs[input]);

    /// <summary>The grid that the first value's numbers are of; null where they are of none.</summary>
    public FakeQuantize? Grid { get; } = writer.Grid(node.Inputs[0]);

    /// <summary>Whether the node's own value is a mean over the image that is flattened behind the quantization that follows.</summary>
    public bool IsOpenPooling => writer.IsOpenPooling(node.Name);

    /// <summary>Whether it takes such a mean, and flattens it.</summary>
    public bool FollowsOpenPooling => writer.IsOpenPooling(node.Inputs[0]);

    /// <summary>Adds a step before the last one.</summary>
    /// <param name="type">The ONNX operator.</param>
    /// <param name="step">The step's name within the node.</param>
    /// <param name="inputs">ONNX values.</param>
    /// <param name="attributes">The operator's attributes.</param>
    /// <returns>The ONNX value that it computes.</returns>
    public string Add(string type, string step, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) => writer.Add(type, $"{node.Name}/{step}", inputs, attributes);

    /// <summary>Adds a step before the last one that bears the node's own name.</summary>
    public string AddFirst(string type, string value, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) => writer.Add(type, node.Name, inputs, attributes, value: $"{node.Name}/{value}");

    /// <summary>Adds a step that cuts a value's channels in two.</summary>
    public string[] AddSplit(string value, int first, int second) => writer.AddSplit($"{node.Name}/split", value, Integers("split", first, second), axis: 1);

    /// <summary>Adds the last step, which computes the node's value.</summary>
    public void Finish(string type, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) => writer.Finish(node, type, inputs, attributes);

    /// <summary>Adds the last step where an earlier one bears the node's name.</summary>
    public void FinishAs(string step, string type, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes) => writer.FinishAs(node, step, type, inputs, attributes);

    /// <summary>A weight of the node.</summary>
    public string Weight(string name) => writer.Weight(node, name);

    /// <summary>An array in the place of a weight of the node.</summary>
    public string Weight(string name, Tensor replacement) => writer.Weight(node, name, replacement);

    /// <summary>The numbers of a weight.</summary>
    public float[] Values(string name) => writer.Network.Weight(node, name).Span.ToArray();

    /// <summary>A weight, or ones in its place.</summary>
    public string Scale(bool exists) => exists ? Weight("weight") : Filled("ones", Channels, 1);

    /// <summary>A bias, or zeros in its place.</summary>
    public string Shift(bool exists) => exists ? Weight("bias") : Filled("zeros", Channels, 0);

    /// <summary>A weight with a number for each channel, as it is spread over the first value.</summary>
    public string PerChannel(string name) => IsImage ? Weight(name, new Tensor([Channels, 1, 1], Values(name))) : Weight(name);

    /// <summary>A number, written once for all nodes.</summary>
    public string Number(float value) => writer.Constant($"constant.{value.ToString(CultureInfo.InvariantCulture)}", [], [value]);

    /// <summary>One number of the node, of a type.</summary>
    public string Number<T>(string name, DataType type, T value)
        where T : unmanaged => writer.Initializer($"\n{node.Name}\n{name}", $"{node.Name}.{name}", type, [], MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>What steps make of weights, written once even where nodes share them.</summary>
    /// <param name="key">Tells it from others.</param>
    /// <param name="write">Writes it, given the key.</param>
    public string Once(string key, Func<string, string> write) => writer.Once(key, () => write(key));

    /// <summary>An initializer of its own.</summary>
    public string Initializer(string name, DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes) => writer.Initializer($"\n{node.Name}\n\n{name}", name, type, shape, bytes);

    /// <summary>The extents of a weight.</summary>
    public long[] Extents(string name) => [.. writer.Network.Weight(node, name).Shape.Select(extent => (long)extent)];

    /// <summary>Numbers of the node.</summary>
    public string Numbers(string name, params ReadOnlySpan<float> values) => writer.Constant($"{node.Name}.{name}", [values.Length], values);

    /// <summary>One number of the node many times.</summary>
    public string Filled(string name, int count, float value) => Numbers(name, [.. Enumerable.Repeat(value, count)]);

    /// <summary>Whole numbers of the node.</summary>
    public string Integers(string name, params ReadOnlySpan<long> values) => writer.Constant($"{node.Name}.{name}", values);
}
