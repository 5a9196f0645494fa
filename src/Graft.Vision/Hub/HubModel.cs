using Graft.Formats;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft.Vision.Hub;

/// <summary>Makes a model of the files of the hub: the weights by the importer, all else by <c>config.json</c>.</summary>
internal static class HubModel
{
    // The trunk in the box that knows ImageNet's classes, in the order that all networks have them.
    private const string WithImageNet = "builtin-large";
    private const int ImageNetClasses = 1000;

    /// <summary>Reads a model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="files">Its files.</param>
    /// <param name="options">What is taken of its weights.</param>
    /// <exception cref="WeightFileException">It is no network that Graft has, or its files contradict each other.</exception>
    public static Imported Read(HubName name, HubFiles files, WeightImportOptions options)
    {
        TimmConfig config = TimmConfig.Read(name, files.Config);
        Imported imported = WeightImporter.Import(files.Weights, options);

        // Where no weight tells some apart, the configuration does.
        if (options.Architecture is null && (imported.AlsoFits.Contains(config.Architecture) || (!imported.AlsoFits.IsEmpty && imported.Model.Network.Graph.Architecture == config.Architecture)))
            imported = WeightImporter.Import(files.Weights, options with { Architecture = config.Architecture });
        Model model = imported.Model;
        Graph graph = model.Network.Graph;
        if (graph.Architecture != config.Architecture)
            throw new WeightFileException(files.Weights, $"its weights are those of {graph.Architecture}, and {name} says that it is {config.Architecture}: they do not belong together.");
        int features = Channels(graph, ClassifierHead.Features), classes = graph.Outputs.Any(output => output.Name == ClassifierHead.Logits) ? Channels(graph, ClassifierHead.Logits) : 0;
        if (config.Features is { } promised && promised != features)
            throw new WeightFileException(files.Weights, $"its trunk gives {features:N0} features, and {name} says {promised:N0}: they do not belong together.");
        if (classes > 0 && config.Classes is { } named && named != classes)
        {
            throw new WeightFileException(
                files.Weights, $"its head has {Amount.Of(classes, "class")}, and {name} says {named:N0}: they do not belong together. Import the trunk alone with --drop-head (WeightImportOptions.DropHead).");
        }

        int side = config.Preprocessing.Resolution;
        Network network = graph.Inputs[0].Height == side ? model.Network : model.Network.WithInputSize(side, side);
        if (options.Limits.Exceeded(network.Graph) is { } exceeded) throw new WeightFileException(files.Config, exceeded);
        model = model with
        {
            Network = network,
            Preprocessing = config.Preprocessing,
            Labels = classes == 0 ? [] : config.Labels.Length == classes ? config.Labels : classes == ImageNetClasses && config.IsImageNet ? Model.Builtin(WithImageNet).Labels : [],
            Provenance = model.Provenance.SetItem("source", name.Path).SetItem("revision", files.Commit),
        };
        if (config.License.Length > 0) model = model with { Provenance = model.Provenance.SetItem("license", config.License) };
        return imported with { Model = model, AssumesPreprocessing = false, Notes = [.. imported.Notes, .. config.Notes] };
    }

    private static int Channels(Graph graph, string output) => graph.Shapes[graph.Outputs.First(o => o.Name == output).Value][^1];
}
