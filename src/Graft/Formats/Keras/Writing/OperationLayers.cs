using System.Text.Json;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats.Keras.Writing;

/// <summary>Each operation as the Keras layers that compute it, by one table.</summary>
internal static class OperationLayers
{
    private static readonly Dictionary<Type, Action<LayerGraph, Node>> Writers = new(
    [
        For<Conv2d>(Convolution),
        For<Dense>(Dense),
        For<BatchNorm>(Norm),
        For<Activation>((graph, node, activation) => Function(graph, node, activation.Function)),
        For<Add>((graph, node, _) => graph.Finish(node, "Add", Inputs(graph, node))),
        For<Multiply>(Product),
        For<Concat>((graph, node, _) => graph.Finish(node, "Concatenate", Inputs(graph, node), writer => writer.WriteNumber("axis", -1))),
        For<GlobalAveragePool>((graph, node, _) => graph.Finish(node, "GlobalAveragePooling2D", Inputs(graph, node), Last)),
        For<Pool2d>(Pooling),
        For<Softmax>((graph, node, _) => graph.Finish(node, "Activation", Inputs(graph, node), writer => writer.WriteString("activation", "softmax"))),
    ]);

    private static readonly Dictionary<ActivationFunction, Action<LayerGraph, Node>> Functions = new()
    {
        [ActivationFunction.Relu] = (graph, node) => graph.Finish(node, "ReLU", Inputs(graph, node)),
        [ActivationFunction.Relu6] = (graph, node) => graph.Finish(node, "ReLU", Inputs(graph, node), Six),
        [ActivationFunction.Sigmoid] = (graph, node) => graph.Finish(node, "Activation", Inputs(graph, node), writer => writer.WriteString("activation", "sigmoid")),
        [ActivationFunction.Silu] = (graph, node) => graph.Finish(node, "Activation", Inputs(graph, node), writer => writer.WriteString("activation", "swish")),
        [ActivationFunction.HardSigmoid] = (graph, node) => graph.SetValue(node.Name, Gate(graph, node)),
        [ActivationFunction.HardSwish] = (graph, node) => graph.Finish(node, "Multiply", [Inputs(graph, node)[0], Gate(graph, node)]),
    };

    /// <summary>The operations that are written.</summary>
    public static IEnumerable<Type> Known => Writers.Keys;

    /// <summary>The activation functions that are written; the identity takes no layer.</summary>
    public static IEnumerable<ActivationFunction> KnownFunctions => Functions.Keys;

    /// <summary>Writes a node.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="node">The node; what it takes is written already.</param>
    /// <exception cref="GraftException">There are no layers that compute it.</exception>
    public static void Write(LayerGraph graph, Node node)
    {
        if (node.Operation.IsIdentity(isTraining: false))
        {
            graph.SetValue(node.Name, graph.Value(node.Inputs[0]));
            return;
        }

        if (!Writers.TryGetValue(node.Operation.GetType(), out Action<LayerGraph, Node>? write)) throw Unknown(node);
        write(graph, node);
    }

    private static KeyValuePair<Type, Action<LayerGraph, Node>> For<T>(Action<LayerGraph, Node, T> write)
        where T : Operation => new(typeof(T), (graph, node) => write(graph, node, (T)node.Operation));

    private static GraftException Unknown(Node node, string? why = null) =>
        new($"Node '{node.Name}' ({node.Operation.Label}) has no layer in TensorFlow.js{(why is null ? "" : $": {why}")}, so the network cannot be written for it. Export it as ONNX: a file name that ends with .onnx.");

    private static string[] Inputs(LayerGraph graph, Node node) => [.. node.Inputs.Select(graph.Value)];

    private static void Last(Utf8JsonWriter writer) => writer.WriteString("data_format", "channels_last");

    private static void Six(Utf8JsonWriter writer) => writer.WriteNumber("max_value", 6);

    private static void Pair(Utf8JsonWriter writer, string name, int first, int second)
    {
        writer.WriteStartArray(name);
        writer.WriteNumberValue(first);
        writer.WriteNumberValue(second);
        writer.WriteEndArray();
    }

    private static void Convolution(LayerGraph graph, Node node, Conv2d layer)
    {
        Shape shape = graph.Network.Graph.Shapes[node.Inputs[0]];
        bool isDepthwise = layer.Groups == shape[3] && layer.Groups > 1;
        if (layer.QuantizeWeight) throw Quantized(node);
        if (layer.Groups > 1 && !isDepthwise) throw Unknown(node, "its convolutions have one group, or one for each channel");
        if (layer.Dilation > 1 && layer.Stride > 1) throw Unknown(node, "its convolutions have a stride or a dilation, not both");
        Tensor weight = graph.Network.Weight(node, "weight");
        (string input, bool isSame) = Padded(graph, node, shape, layer.Padding, layer.KernelSize, layer.Stride, layer.Dilation, isZero: true);
        string name = graph.Finish(node, isDepthwise ? "DepthwiseConv2D" : "Conv2D", [input], writer =>
        {
            if (isDepthwise) writer.WriteNumber("depth_multiplier", layer.OutChannels / layer.Groups);
            else writer.WriteNumber("filters", layer.OutChannels);
            Pair(writer, "kernel_size", layer.KernelSize, layer.KernelSize);
            Pair(writer, "strides", layer.Stride, layer.Stride);
            Pair(writer, "dilation_rate", layer.Dilation, layer.Dilation);
            writer.WriteString("padding", isSame ? "same" : "valid");
            Last(writer);
            writer.WriteString("activation", "linear");
            writer.WriteBoolean("use_bias", layer.HasBias);
        });
        int side = layer.KernelSize;
        if (isDepthwise) graph.AddTransposed(name, "depthwise_kernel", [side, side, layer.Groups, layer.OutChannels / layer.Groups], weight, layer.OutChannels);
        else graph.AddWeight(name, "kernel", [side, side, weight.Shape[1], layer.OutChannels], TapsFirst(weight));
        if (layer.HasBias) graph.AddWeight(name, "bias", [layer.OutChannels], graph.Network.Weight(node, "bias").Span);
    }

    // [outputs, inputs, taps] to [taps, inputs, outputs].
    private static float[] TapsFirst(Tensor weight)
    {
        (int outputs, int inputs, int taps) = (weight.Shape[0], weight.Shape[1], weight.Shape[2] * weight.Shape[3]);
        float[] numbers = new float[weight.Span.Length];
        for (int o = 0, i = 0; o < outputs; o++)
        {
            for (int c = 0; c < inputs; c++)
            {
                for (int tap = 0; tap < taps; tap++) numbers[(((tap * inputs) + c) * outputs) + o] = weight.Span[i++];
            }
        }

        return numbers;
    }

    /// <summary>The layer that a window slides over, with its border, and whether the window adds the border itself.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="node">The node of the window.</param>
    /// <param name="shape">The image.</param>
    /// <param name="padding">The border.</param>
    /// <param name="kernel">The side of the window.</param>
    /// <param name="stride">The step between windows.</param>
    /// <param name="dilation">The step between taps.</param>
    /// <param name="isZero">Whether zeros are what the border is made of.</param>
    private static (string Layer, bool IsSame) Padded(LayerGraph graph, Node node, Shape shape, Padding padding, int kernel, int stride, int dilation, bool isZero)
    {
        string input = graph.Value(node.Inputs[0]);
        (int Top, int Bottom) vertical = padding.Vertical(shape[1], kernel, stride, dilation);
        (int Left, int Right) horizontal = padding.Horizontal(shape[2], kernel, stride, dilation);
        if (vertical == (0, 0) && horizontal == (0, 0)) return (input, false);
        if (vertical == Padding.Same.Vertical(shape[1], kernel, stride, dilation) && horizontal == Padding.Same.Horizontal(shape[2], kernel, stride, dilation)) return (input, true);
        if (!isZero) throw Unknown(node, "its border is of another size than the rule SAME gives");
        string padded = graph.Add($"{node.Name}.pad", "ZeroPadding2D", [input], writer =>
        {
            writer.WriteStartArray("padding");
            foreach ((int before, int after) in ((int, int)[])[vertical, horizontal])
            {
                writer.WriteStartArray();
                writer.WriteNumberValue(before);
                writer.WriteNumberValue(after);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
            Last(writer);
        });
        return (padded, false);
    }

    private static void Dense(LayerGraph graph, Node node, Dense layer)
    {
        if (layer.QuantizeWeight) throw Quantized(node);
        Tensor weight = graph.Network.Weight(node, "weight");
        string name = graph.Finish(node, "Dense", Inputs(graph, node), writer =>
        {
            writer.WriteNumber("units", layer.Outputs);
            writer.WriteString("activation", "linear");
            writer.WriteBoolean("use_bias", layer.HasBias);
        });
        graph.AddTransposed(name, "kernel", [weight.Shape[1], layer.Outputs], weight, layer.Outputs);
        if (layer.HasBias) graph.AddWeight(name, "bias", [layer.Outputs], graph.Network.Weight(node, "bias").Span);
    }

    private static void Norm(LayerGraph graph, Node node, BatchNorm norm)
    {
        string name = graph.Finish(node, "BatchNormalization", Inputs(graph, node), writer => LayerGraph.WriteNorm(writer, norm.Epsilon));
        foreach ((string variable, string parameter) in ((string, string)[])[("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_variance", "running_var")])
        {
            Tensor weight = graph.Network.Weight(node, parameter);
            graph.AddWeight(name, variable, [weight.Shape[0]], weight.Span);
        }
    }

    private static void Function(LayerGraph graph, Node node, ActivationFunction function)
    {
        if (!Functions.TryGetValue(function, out Action<LayerGraph, Node>? write)) throw Unknown(node);
        write(graph, node);
    }

    // Hard sigmoid, relu6(x + 3) / 6, is of another slope in Keras 2.
    private static string Gate(LayerGraph graph, Node node)
    {
        int channels = graph.Network.Graph.Shapes[node.Name][^1];
        string moved = graph.AddAffine($"{node.Name}.moved", graph.Value(node.Inputs[0]), Many(1), Many(3));
        string cut = graph.Add($"{node.Name}.cut", "ReLU", [moved], Six);
        return graph.AddAffine($"{node.Name}.gate", cut, Many(1 / 6f), Many(0));

        float[] Many(float number)
        {
            float[] numbers = new float[channels];
            Array.Fill(numbers, number);
            return numbers;
        }
    }

    private static void Product(LayerGraph graph, Node node, Multiply product)
    {
        string[] inputs = Inputs(graph, node);
        Shape output = graph.Network.Graph.Shapes[node.Name];
        for (int i = 0; i < 2; i++)
        {
            Shape shape = graph.Network.Graph.Shapes[node.Inputs[i]];
            if (shape.Rank != 2 || output.Rank != 4) continue;
            inputs[i] = graph.Add($"{node.Name}.factors", "Reshape", [inputs[i]], writer => writer.WriteArray("target_shape", (int[])[1, 1, shape[1]], writer.WriteNumberValue));
        }

        graph.Finish(node, "Multiply", inputs);
    }

    private static void Pooling(LayerGraph graph, Node node, Pool2d pool)
    {
        Shape shape = graph.Network.Graph.Shapes[node.Inputs[0]];

        // Where nothing is negative, zeros around an image are never the greatest; in a mean they would count.
        bool isZero = pool.Function == PoolFunction.Max && graph.Network.Graph.Producer(node.Inputs[0]) is { Operation: Activation { Function.Clamp.Low: >= 0 } };
        (string input, bool isSame) = Padded(graph, node, shape, pool.Padding, pool.Kernel, pool.Stride, dilation: 1, isZero);
        graph.Finish(node, pool.Function == PoolFunction.Max ? "MaxPooling2D" : "AveragePooling2D", [input], writer =>
        {
            Pair(writer, "pool_size", pool.Kernel, pool.Kernel);
            Pair(writer, "strides", pool.Stride, pool.Stride);
            writer.WriteString("padding", isSame ? "same" : "valid");
            Last(writer);
        });
    }

    private static GraftException Quantized(Node node) =>
        new($"Node '{node.Name}' is quantized, and TensorFlow.js computes in float32. Export the model that it was made of, or the quantized one as ONNX: a file name that ends with .onnx.");
}
