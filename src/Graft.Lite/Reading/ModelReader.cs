using Graft.Formats;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft.Lite.Reading;

/// <summary>A file as a model: which output is the main one, its name, labels and preprocessing.</summary>
internal sealed class ModelReader(LiteFile file, byte[] bytes, LiteImportOptions options)
{
    private const float Full = 255;

    private readonly List<string> notes = [];

    public LiteImport Read()
    {
        if (file.Outputs.Length == 0) throw file.Fail("it has no output");
        if (file.Subgraphs > 1) notes.Add($"The file has {file.Subgraphs} networks, and the first one was read.");
        GraphReader reader = new(file, options, notes);
        FileMetadata metadata = new(file, bytes, Array.IndexOf(file.Inputs, reader.Input.Index), notes);
        Graph declared = new(metadata.Name.Length is > 0 and <= 100 ? metadata.Name : "tflite", [reader.NetworkInput], reader.Nodes, [.. Declared(reader)]);
        ClassifierOutputs outputs = new(declared, notes);
        Graph graph = outputs.Named();

        // Steps that only a dropped output needs are left out.
        graph = graph.Truncate([.. graph.Outputs.Select(output => output.Name)]);
        Network network = Network.Needed(graph, reader.Weights);
        SayWeights(reader);
        Preprocessing preprocessing = Prepared(reader, metadata, out bool isAssumed) with { Resolution = Math.Min(reader.NetworkInput.Height, reader.NetworkInput.Width) };
        Model model = new(network) { Labels = metadata.Labels(graph.OutputShape(graph.Outputs[^1].Name)[^1]), Preprocessing = preprocessing };
        if (outputs.IsMultiLabel) model = model with { Task = ModelTask.MultiLabel };
        string producer = file.Description.Trim();
        if (producer.Length > 0) model = model with { Provenance = model.Provenance.SetItem("producer", producer.Length <= 256 ? producer : producer[..256]) };
        if (options.DropHead) model = model.WithoutHead();
        return new LiteImport(model, new LiteImportReport(producer, file.Operators.Count, [.. notes]) { AssumesPreprocessing = isAssumed });
    }

    private List<NetworkOutput> Declared(GraphReader reader)
    {
        List<NetworkOutput> outputs = [];
        FreshNames names = new(Array.Empty<string>());
        foreach (int index in file.Outputs.Distinct())
        {
            LiteTensor tensor = file.Tensor(index);
            ChannelsLastValue value = reader.Find(index) ?? throw tensor.Fail("the output does not depend on an input, or no operator computes it");
            if (value.Padding != default) throw tensor.Fail("the output is a padded image, and Graft pads only before a convolution");
            outputs.Add(new NetworkOutput(names.Take(tensor.Name.Length > 0 ? tensor.Name : "output"), value.Name));
        }

        return outputs;
    }

    private void SayWeights(GraphReader reader)
    {
        (int layers, int wide, int wideOutputs) = reader.Counts;
        if (options.Weights == LiteWeights.Float && layers > 0)
        {
            notes.Add($"The weights of {Amount.Of(layers, "layer")} of 8 bits are float32 here, and values are not rounded.");
        }
        else if (wide > 0 && options.Weights == LiteWeights.Exact)
        {
            notes.Add($"{Amount.Of(wide, "layer")} of {layers} {Amount.Word(wide, "has", "have")} weights that whole numbers from -127 to 127 do not hold: {Amount.Word(wide, "it computes", "they compute")} with the same numbers in float32. "
                + $"As bytes (--weights int8; LiteWeights.Bytes) {Amount.Of(wideOutputs, "output")} of {Amount.Word(wide, "it", "them")} would be rounded.");
        }
        else if (wide > 0)
        {
            notes.Add($"{Amount.Of(wideOutputs, "output")} of {Amount.Of(wide, "layer")} {Amount.Word(wideOutputs, "was", "were")} rounded to a larger scale: {Amount.Word(wideOutputs, "its", "their")} weights reach further than 127.");
        }
    }

    /// <summary>Bytes of an image are bytes of the input: numbers are what they stand for. An input of float32 is as the metadata say.</summary>
    private Preprocessing Prepared(GraphReader reader, FileMetadata metadata, out bool isAssumed)
    {
        Preprocessing preprocessing = options.Preprocessing;
        isAssumed = false;

        // scale (v - zero point) = (v / 255 - zero point / 255) / (1 / (255 scale))
        if (reader.Input.Grid is { } grid) return With([grid.ZeroPoint], [1 / grid.Scale]);
        if (metadata.Pixels is { } pixels) return With(pixels.Mean, pixels.Deviation);
        isAssumed = true;
        return preprocessing;

        Preprocessing With(float[] mean, float[] deviation) => preprocessing with
        {
            Mean = [.. Enumerable.Range(0, 3).Select(c => mean[mean.Length == 1 ? 0 : c] / Full)],
            StandardDeviation = [.. Enumerable.Range(0, 3).Select(c => deviation[deviation.Length == 1 ? 0 : c] / Full)],
        };
    }
}
