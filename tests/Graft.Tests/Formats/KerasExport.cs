using System.Text.Json;
using Graft.Formats;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>Writes a network as a TensorFlow.js layers model, as Keras would: names of its own, zeros before strided convolutions, its own layouts.</summary>
internal static class KerasExport
{
    public static Dictionary<string, byte[]> Write(Network network, bool convolutionalHead)
    {
        Graph graph = network.Graph;
        MemoryStream data = new();
        List<(string Name, int[] Shape)> manifest = [];
        Dictionary<string, string> names = new() { ["image"] = "input_1" };
        string json = JsonPart.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("modelTopology");
            writer.WriteString("class_name", "Functional");
            writer.WriteStartObject("config");
            writer.WriteString("name", "keras_model");
            writer.WriteStartArray("layers");
            Layer(writer, "InputLayer", "input_1", [], w =>
            {
                w.WriteStartArray("batch_input_shape");
                w.WriteNullValue();
                foreach (int extent in new[] { graph.Inputs[0].Height, graph.Inputs[0].Width, 3 }) w.WriteNumberValue(extent);
                w.WriteEndArray();
            });
            int number = 0;
            string last = "input_1";
            foreach (Node node in graph.Nodes)
            {
                string name = $"layer_{number++}";
                string[] inputs = [.. node.Inputs.Select(i => names[i])];
                switch (node.Operation)
                {
                    case Conv2d conv:
                        string rule = "same";
                        if (conv.Stride > 1)
                        {
                            Shape shape = graph.Shapes[node.Inputs[0]];
                            (int before, int after) = Padding.Same.Vertical(shape[1], conv.KernelSize, conv.Stride, 1);
                            string pad = $"{name}_pad";
                            Layer(writer, "ZeroPadding2D", pad, inputs, w => w.WriteRawPair("padding", $"[[{before},{after}],[{before},{after}]]"));
                            (inputs, rule) = ([pad], "valid");
                        }

                        bool isDepthwise = conv.Groups > 1;
                        Layer(writer, isDepthwise ? "DepthwiseConv2D" : "Conv2D", name, inputs, w =>
                        {
                            if (!isDepthwise) w.WriteNumber("filters", conv.OutChannels);
                            w.WriteRawPair("kernel_size", $"[{conv.KernelSize},{conv.KernelSize}]");
                            w.WriteRawPair("strides", $"[{conv.Stride},{conv.Stride}]");
                            w.WriteString("padding", rule);
                            w.WriteBoolean("use_bias", conv.HasBias);
                        });
                        Kernel(network.Weight(node, "weight"), $"{name}/{(isDepthwise ? "depthwise_kernel" : "kernel")}", isDepthwise);
                        break;
                    case BatchNorm norm:
                        Layer(writer, "BatchNormalization", name, inputs, w => w.WriteNumber("epsilon", norm.Epsilon));
                        foreach ((string ours, string theirs) in new[] { ("weight", "gamma"), ("bias", "beta"), ("running_mean", "moving_mean"), ("running_var", "moving_variance") })
                            Plain(network.Weight(node, ours), $"{name}/{theirs}");
                        break;
                    case Activation:
                        Layer(writer, "ReLU", name, inputs, w => w.WriteNumber("max_value", 6));
                        break;
                    case Add:
                        Layer(writer, "Add", name, [inputs[1], inputs[0]], _ => { });
                        break;
                    case GlobalAveragePool:
                        Layer(writer, "GlobalAveragePooling2D", name, inputs, _ => { });
                        break;
                    case Dense dense when convolutionalHead:
                        Layer(writer, "Reshape", "reshape_1", inputs, w => w.WriteRawPair("target_shape", $"[1,1,{graph.Shapes[node.Inputs[0]][1]}]"));
                        Layer(writer, "Conv2D", name, ["reshape_1"], w =>
                        {
                            w.WriteNumber("filters", dense.Outputs);
                            w.WriteRawPair("kernel_size", "[1,1]");
                            w.WriteRawPair("strides", "[1,1]");
                            w.WriteString("padding", "same");
                        });
                        Layer(writer, "Reshape", "reshape_2", [name], w => w.WriteRawPair("target_shape", $"[{dense.Outputs}]"));
                        Layer(writer, "Activation", "predictions", ["reshape_2"], w => w.WriteString("activation", "softmax"));
                        DenseKernel(network, node, name, [1, 1]);
                        last = "predictions";
                        continue;
                    case Dense dense:
                        Layer(writer, "Dense", name, inputs, w =>
                        {
                            w.WriteNumber("units", dense.Outputs);
                            w.WriteString("activation", "softmax");
                        });
                        DenseKernel(network, node, name, []);
                        break;
                    default:
                        throw new InvalidOperationException(node.Operation.Label);
                }

                names[node.Name] = last = name;
            }

            writer.WriteEndArray();
            writer.WriteRawPair("input_layers", """[["input_1",0,0]]""");
            writer.WriteRawPair("output_layers", $"""[["{last}",0,0]]""");
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteRawPair("weightsManifest", $$"""[{"paths":["w.bin"],"weights":[{{string.Join(",", manifest.Select(m => $$"""{"name":"{{m.Name}}","shape":[{{string.Join(",", m.Shape)}}],"dtype":"float32"}"""))}}]}]""");
            writer.WriteEndObject();
        });
        return new Dictionary<string, byte[]> { ["model.json"] = System.Text.Encoding.UTF8.GetBytes(json), ["w.bin"] = data.ToArray() };

        void Plain(Tensor tensor, string name)
        {
            manifest.Add((name, [.. tensor.Shape]));
            foreach (float value in tensor.Span) data.Write(BitConverter.GetBytes(value));
        }

        void Kernel(Tensor weight, string name, bool isDepthwise)
        {
            (int o, int i, int k) = (weight.Shape[0], weight.Shape[1], weight.Shape[2]);
            manifest.Add((name, isDepthwise ? [k, k, o, 1] : [k, k, i, o]));
            Span<float> values = weight.Span;
            for (int u = 0; u < k; u++)
            {
                for (int v = 0; v < k; v++)
                {
                    for (int c = 0; c < i; c++)
                        for (int f = 0; f < o; f++) data.Write(BitConverter.GetBytes(values[(((((f * i) + c) * k) + u) * k) + v]));
                }
            }
        }

        void DenseKernel(Network from, Node node, string name, int[] taps)
        {
            Tensor weight = from.Weight(node, "weight");
            manifest.Add(($"{name}/kernel", [.. taps, weight.Shape[1], weight.Shape[0]]));
            for (int c = 0; c < weight.Shape[1]; c++)
                for (int f = 0; f < weight.Shape[0]; f++) data.Write(BitConverter.GetBytes(weight.Span[(f * weight.Shape[1]) + c]));
            Plain(from.Weight(node, "bias"), $"{name}/bias");
        }
    }

    private static void Layer(Utf8JsonWriter writer, string className, string name, string[] inputs, Action<Utf8JsonWriter> config)
    {
        writer.WriteStartObject();
        writer.WriteString("class_name", className);
        writer.WriteString("name", name);
        writer.WriteStartObject("config");
        writer.WriteString("name", name);
        config(writer);
        writer.WriteEndObject();
        writer.WriteRawPair("inbound_nodes", inputs.Length == 0 ? "[]" : $"[[{string.Join(",", inputs.Select(i => $$"""["{{i}}",0,0,{}]"""))}]]");
        writer.WriteEndObject();
    }

    private static void WriteRawPair(this Utf8JsonWriter writer, string name, string json)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(json);
    }
}
