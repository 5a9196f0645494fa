using System.Runtime.InteropServices;
using System.Text;
using Graft.Formats.Keras.Writing;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft.Formats.Keras;

/// <summary>
/// Writes a model as a TensorFlow.js layers model: a folder with <c>model.json</c>, <c>weights.bin</c>, <c>metadata.json</c>, as an export of Teachable Machine has them, and <c>index.html</c>, a page that classifies.
/// </summary>
/// <remarks>
/// The model takes <c>[batch, height, width, 3]</c>, red, green and blue as value / 127 - 1, which Teachable Machine's code makes, and gives probabilities, or, where it predicts numbers, these, or features where it is a trunk.
/// Norms are folded into the layers before them.
/// </remarks>
public static class TfjsExporter
{
    private const string ModelFile = "model.json", WeightFile = "weights.bin", MetadataFile = "metadata.json", PageFile = "index.html";
    private const string Normalization = "normalization", Probabilities = "probabilities";

    // What Teachable Machine's code makes of a pixel is value / 127 - 1; of the full range of 1 that is this half.
    private const double Half = 127.0 / 255;

    /// <summary>Writes a model into a folder, which appears when it is complete.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder: there must be nothing of the name, or an empty folder.</param>
    /// <exception cref="GraftException">The network has an operation that no layer computes, or is quantized, or the folder holds something.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Export(Model model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        string destination = Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder));
        if (File.Exists(destination) || (Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).Any()))
            throw new GraftException($"'{folder}' is there already and not an empty folder. Remove it, or name another one.");
        (LayerGraph graph, string output) = Layers(model);
        using UnfinishedFolder unfinished = new(destination);
        Write(ModelFile, Topology(graph, output));
        Write(MetadataFile, Metadata(model, graph.Input, Path.GetFileName(destination)));
        AtomicFile.Write(Path.Combine(unfinished.Path, WeightFile), stream => WriteWeights(stream, graph));
        using (Stream page = typeof(TfjsExporter).Assembly.GetManifestResourceStream("Graft.Formats.Keras.index.html")!)
            AtomicFile.Write(Path.Combine(unfinished.Path, PageFile), page.CopyTo);
        unfinished.Finish();

        void Write(string name, string text) => AtomicFile.Write(Path.Combine(unfinished.Path, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static (LayerGraph Graph, string Output) Layers(Model model)
    {
        NetworkOutput main = model.Network.Graph.Outputs[^1];
        Network network = model.Network.Truncate([main.Name]).FoldNormalization().FoldStandardization();
        LayerGraph graph = new(network);
        Normalize(graph, model.Preprocessing);
        foreach (Node node in network.Graph.Nodes) OperationLayers.Write(graph, node);
        string output = graph.Value(network.Graph.Outputs[^1].Value);
        bool isTrunk = main.Name == ClassifierHead.Features;
        if (network.Graph.OutputShape(main.Name).Rank != 2)
            throw new GraftException($"The output '{main.Name}' is {network.Graph.OutputShape(main.Name)}; models that give one row for an image are written for TensorFlow.js. Export it as ONNX: a file name that ends with .onnx.");
        string? function = isTrunk || model.Task == ModelTask.Regress ? null : model.Task == ModelTask.MultiLabel ? "sigmoid" : "softmax";
        if (function is not null) output = graph.Add(Probabilities, "Activation", [output], writer => writer.WriteString("activation", function));
        return (graph, output);
    }

    private static void Normalize(LayerGraph graph, Preprocessing preprocessing)
    {
        NetworkInput input = graph.Input;
        if (input.Channels != 3) throw new GraftException($"The network takes images of {Amount.Of(input.Channels, "channel")}; those of 3 are written for TensorFlow.js.");
        float[] scale = [.. preprocessing.StandardDeviation.Select(deviation => (float)(Half / deviation))];
        float[] shift = [.. preprocessing.Mean.Zip(preprocessing.StandardDeviation, (mean, deviation) => (float)((Half - mean) / deviation))];
        if (scale.All(number => number == 1) && shift.All(number => number == 0)) return;
        graph.SetValue(input.Name, graph.AddAffine(Normalization, input.Name, scale, shift));
    }

    private static string Topology(LayerGraph graph, string output) => JsonPart.Write(writer =>
    {
        NetworkInput input = graph.Input;
        writer.WriteStartObject();
        writer.WriteString("format", "layers-model");
        writer.WriteString("generatedBy", "Graft");
        writer.WriteNull("convertedBy");
        writer.WriteStartObject("modelTopology");
        writer.WriteString("keras_version", "2.15.0");
        writer.WriteString("backend", "tensorflow");
        writer.WriteStartObject("model_config");
        writer.WriteString("class_name", "Functional");
        writer.WriteStartObject("config");
        writer.WriteString("name", graph.Network.Graph.Architecture);
        writer.WriteStartArray("layers");
        WriteLayer(new LayerGraph.Layer("InputLayer", input.Name, [], config =>
        {
            config.WriteStartArray("batch_input_shape");
            config.WriteNullValue();
            foreach (int extent in (int[])[input.Height, input.Width, input.Channels]) config.WriteNumberValue(extent);
            config.WriteEndArray();
            config.WriteString("dtype", "float32");
            config.WriteBoolean("sparse", false);
        }));
        foreach (LayerGraph.Layer layer in graph.Layers) WriteLayer(layer);
        writer.WriteEndArray();
        WriteEnd("input_layers", input.Name);
        WriteEnd("output_layers", output);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("weightsManifest");
        writer.WriteStartObject();
        writer.WriteArray("paths", (string[])[WeightFile], writer.WriteStringValue);
        writer.WriteObjects("weights", graph.Weights, weight =>
        {
            writer.WriteString("name", weight.Name);
            writer.WriteArray("shape", weight.Extents, writer.WriteNumberValue);
            writer.WriteString("dtype", "float32");
        });
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();

        void WriteLayer(LayerGraph.Layer layer)
        {
            writer.WriteStartObject();
            writer.WriteString("class_name", layer.Type);
            writer.WriteString("name", layer.Name);
            writer.WriteStartObject("config");
            writer.WriteString("name", layer.Name);
            writer.WriteBoolean("trainable", false);
            layer.Config?.Invoke(writer);
            writer.WriteEndObject();

            // [[[layer, 0, 0, {}], ...]]: one call, of the only output of each.
            writer.WriteStartArray("inbound_nodes");
            if (layer.Inputs.Length > 0)
            {
                writer.WriteStartArray();
                foreach (string taken in layer.Inputs)
                {
                    writer.WriteStartArray();
                    writer.WriteStringValue(taken);
                    writer.WriteNumberValue(0);
                    writer.WriteNumberValue(0);
                    writer.WriteStartObject();
                    writer.WriteEndObject();
                    writer.WriteEndArray();
                }

                writer.WriteEndArray();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        void WriteEnd(string name, string layer)
        {
            writer.WriteStartArray(name);
            writer.WriteStartArray();
            writer.WriteStringValue(layer);
            writer.WriteNumberValue(0);
            writer.WriteNumberValue(0);
            writer.WriteEndArray();
            writer.WriteEndArray();
        }
    });

    // Teachable Machine's code wants packageVersion, and takes the rest where it is there.
    private static string Metadata(Model model, NetworkInput input, string name) => JsonPart.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("packageName", TeachableMachine.Own);
        writer.WriteString("packageVersion", typeof(TfjsExporter).Assembly.GetName().Version!.ToString(3));
        writer.WriteString("modelName", name);
        writer.WriteArray("labels", model.Labels, writer.WriteStringValue);
        writer.WriteNumber("imageSize", input.Height);
        writer.WriteNumber("cropFraction", model.Preprocessing.CropFraction);
        writer.WriteString("task", model.Network.Graph.Outputs[^1].Name == ClassifierHead.Features ? "features" : model.Task.ToString().ToLowerInvariant());
        if (!model.Thresholds.IsEmpty) writer.WriteArray("thresholds", model.Thresholds, threshold => writer.WriteNumberValue(threshold));
        writer.WriteEndObject();
    });

    private static void WriteWeights(Stream stream, LayerGraph graph)
    {
        foreach (LayerGraph.LayerWeight weight in graph.Weights)
        {
            if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Weights are written on machines whose first byte is the lowest.");
            stream.Write(MemoryMarshal.AsBytes(weight.Numbers.AsSpan()));
        }
    }
}
