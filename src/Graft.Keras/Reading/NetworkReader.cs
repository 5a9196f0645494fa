using System.Text.Json;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Networks;

namespace Graft.Keras.Reading;

/// <summary>A Keras configuration and its weights as a model.</summary>
internal static class NetworkReader
{
    // Models in models, each with its layers' calls.
    private const int Depth = 128;

    public static KerasImport Read(byte[] config, string what, IKerasWeights weights, string version, KerasImportOptions options)
    {
        using JsonDocument document = JsonPart.Parse(weights.File, what, config, Depth);
        int number = int.TryParse(version.Split('.')[0], out int first) ? first : 0;
        KerasTopology.Structure structure = KerasTopology.Read(new JsonPart(weights.File, what, document.RootElement), weights, number, options.Resolution);
        KerasModel.Built built = KerasModel.Build(structure, weights);
        Preprocessing preprocessing = structure.Prepared(options.Preprocessing);
        KerasModel.RequirePossible(weights.File, preprocessing);
        Model model = new(built.Network) { Preprocessing = preprocessing };
        model = model with { Provenance = model.Provenance.SetItem("source", version.Length is > 0 and <= 64 ? $"Keras {version}" : "Keras") };
        if (built.IsMultiLabel) model = model with { Task = ModelTask.MultiLabel };
        if (options.DropHead && model.Network.Graph.Outputs[^1].Name != ClassifierHead.Features) model = model.WithoutHead();
        return new KerasImport(model, new KerasImportReport(version, built.Report, built.Notes) { AssumesPreprocessing = structure.Pixels is null });
    }
}
